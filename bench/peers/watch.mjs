// The job as people write it in Node: each profile has a loop of its own that reads the match page's feed,
// checks it, and asks for the first offer that fits. `connect()` is what differs between HTTP clients; it gives
// `request(method, path, {headers, form, json})` -> `{status, text}` with a cookie jar behind it.
import { readFileSync } from 'node:fs';

const options = JSON.parse(process.argv[2]);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const between = (text, before, after) => text.split(before)[1]?.split(after)[0];

async function signIn(request, account) {
  const path = `${options.prefix}/Authentication/Login`;
  const page = await request('GET', path, {});
  const token = between(page.text, 'name="__RequestVerificationToken" value="', '"');
  const form = { __RequestVerificationToken: token, email: account.email, password: account.password };
  await request('POST', path, { form });
}

async function prepare(request) {
  const page = await request('GET', `${options.prefix}/EDP/Event/Index/${options.event}`, {});
  const config = JSON.parse((await request('GET', `${options.prefix}/EDP/Event/Config/${options.event}`, { headers: xhr() })).text);
  const classes = new Map(config.Prices.Prices.map((price) => [String(price.PriceCategory), price.PriceType]));
  return { key: between(page.text, 'name="__RequestVerificationToken" value="', '"'), classes };
}

const xhr = (key) => ({
  'X-Requested-With': 'XMLHttpRequest',
  Accept: 'application/json, text/plain, */*',
  Referer: `${options.origin}${options.prefix}/EDP/Event/Index/${options.event}`,
  ...(key ? { RequestVerificationToken: key, Origin: options.origin } : {}),
});

function fits(areas) {
  for (const area of areas) {
    for (const band of area.PriceBands) {
      const pence = Math.round(Number(band.TotalValueFormatted.replace(/[^0-9.]/g, '')) * 100);
      const run = band.AvailableSeatsIntervals.find((seats) => seats.EndXCoord - seats.StartXCoord + 1 >= options.seats);
      if (pence <= options.maxPence && run) return { area: area.AreaId, band: band.PriceBandCode };
    }
  }
  return null;
}

async function hold(request, { key, classes }, found) {
  const path = `${options.prefix}/EDP/BestAvailable/ResaleSeats`;
  const asked = {
    EventId: options.event, Quantity: options.seats, AreSeatsTogether: options.seats > 1, AreaId: found.area,
    PriceBandId: Number(found.band), SeatAttributeIds: [], MinimumPrice: 0, MaximumPrice: 10000000,
    IsGeneralAdmissionEnabled: false,
  };
  const locked = await request('POST', path, { headers: xhr(key), json: asked });
  if (locked.status !== 200) return false;
  const seats = JSON.parse(locked.text).LockedSeats.map((seat) => ({ Id: seat.Id, PriceClassId: classes.get(String(found.band)) }));
  return (await request('PUT', path, { headers: xhr(key), json: { EventId: options.event, Seats: seats } })).status === 200;
}

async function watch(request, account, end) {
  await signIn(request, account);
  let known = await prepare(request);
  const feed = `${options.prefix}/EDP/Seats/AvailableResale?AreSeatsTogether=false&EventId=${options.event}`
    + '&MaximumPrice=10000000&MinimumPrice=0&Quantity=1&MarketType=1';
  for (let held = false; Date.now() < end;) {
    const began = Date.now();
    const answer = await request('GET', feed, { headers: xhr() });
    if (answer.status === 200) {
      const found = fits(JSON.parse(answer.text));
      if (options.hold && found && !held) {
        held = await hold(request, known, found);
        if (!held) known = await prepare(request);
      }
    }
    await sleep(Math.max(0, options.interval * 1000 - (Date.now() - began)));
  }
}

export async function run(connect) {
  const accounts = JSON.parse(readFileSync(options.accounts, 'utf8'));
  const end = Date.now() + options.seconds * 1000;
  await Promise.all(accounts.map((account) => watch(connect(options), account, end)));
}
