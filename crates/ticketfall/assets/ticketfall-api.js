// Speaks to a running Ticketfall, from its own pages or from a program that has its token.

const WAIT_MIN = 250;
const WAIT_MAX = 4_000;

/** A request that was refused, with everything that stands in the way. */
export class TicketfallError extends Error {
  constructor(problem, status) {
    super(inWords(problem, status));
    this.name = 'TicketfallError';
    this.status = status;
    this.type = problem.type ?? 'about:blank';
    this.refusals = problem.refusals ?? [];
  }
}

function inWords(problem, status) {
  const refusals = (problem.refusals ?? []).map((one) => `${one.name}: ${one.words} (${one.advice})`);
  if (refusals.length > 0) return refusals.join('\n');
  return problem.detail ?? problem.title ?? `the service answered with status ${status}`;
}

/** The calls, to the service at `baseUrl`; a page of the service needs neither that nor a token. */
export function createTicketfallApi({ baseUrl = '', token, fetch: send = globalThis.fetch } = {}) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};

  async function ask(method, path, body) {
    const response = await send(`${baseUrl}/api/v1/${path}`, {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
    });
    const text = await response.text();
    const answer = asJson(text);
    if (!response.ok) throw new TicketfallError(answer ?? {}, response.status);
    return answer;
  }

  const monitor = (profileId) => `profiles/${encodeURIComponent(profileId)}/monitor`;

  return {
    startLookingForTickets: (profileId, configuration = {}) => ask('PUT', monitor(profileId), configuration),
    stopLookingForTickets: (profileId) => ask('DELETE', monitor(profileId)),
    getMonitoringStatus: (profileId) => ask('GET', monitor(profileId)),
    async updateCookies(profileId) {
      const wanted = profileId === undefined || profileId === null ? {} : { profiles: [profileId] };
      let job = await ask('POST', 'cookies/update', wanted);
      for (let wait = WAIT_MIN; job.state === 'running'; wait = Math.min(wait * 2, WAIT_MAX)) {
        await new Promise((resume) => setTimeout(resume, wait));
        job = await ask('GET', `cookies/update/${job.id}`);
      }
      return job;
    },
  };
}

function asJson(text) {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
