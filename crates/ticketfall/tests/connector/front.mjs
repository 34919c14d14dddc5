// What a seller puts in front of its site: the official connector, which sends whoever has no pass to the queue. It
// also stands for the queue's own host, whose pages are the box office's. It ends when its input does.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

const { modules, upstream, guards, customer, event, secret, queue, key, certificate } = JSON.parse(process.argv[2]);
const { KnownUser, QueueEventConfig } = createRequire(`${modules}/`)('@queue-it/connector-javascript');
const MINUTES = 20;

/** Sends a request on to the box office as it came, with the cookies that the connector sets on the way back. */
function forward(request, response, path, cookies = []) {
  const { hostname, port } = new URL(upstream);
  const { method, headers } = request;
  const onward = http.request({ hostname, port, method, path, headers }, (answer) => {
    const own = [answer.headers['set-cookie'] ?? []].flat();
    response.writeHead(answer.statusCode, { ...answer.headers, 'set-cookie': [...own, ...cookies] });
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

/** What the connector wants to know of a request, and where its cookies go. */
function context(request, url, cookies) {
  const sent = Object.fromEntries(
    (request.headers.cookie ?? '').split('; ').map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]),
  );
  return {
    getHttpRequest: () => ({
      getUserAgent: () => request.headers['user-agent'] ?? '',
      getHeader: (name) => request.headers[name.toLowerCase()] ?? '',
      getAbsoluteUri: () => url.href,
      getUserHostAddress: () => '127.0.0.1',
      getCookieValue: (name) => (name in sent ? decodeURIComponent(sent[name]) : undefined),
      getRequestBodyAsString: () => '',
    }),
    getHttpResponse: () => ({
      setCookie: (name, value, domain, expires) => {
        const until = new Date(expires * 1000).toUTCString();
        cookies.push(`${name}=${encodeURIComponent(value)}; Expires=${until}; Path=/; SameSite=Lax`);
      },
    }),
    getCryptoProvider: () => ({
      getSha256Hash: (secretKey, plain) => createHmac('sha256', secretKey).update(plain).digest('hex'),
    }),
    getEnqueueTokenProvider: () => null,
  };
}

async function guarded(request, response) {
  const url = new URL(request.url, `http://${request.headers.host}`);
  if (!url.pathname.startsWith(guards)) return forward(request, response, request.url);
  const token = url.searchParams.get('queueittoken') ?? '';
  const clean = url.href.replace(/[?&]queueittoken=[^&]*/, '');
  const config = new QueueEventConfig(
    event, [], '', 'en-GB', queue, null, true, MINUTES, '', false, false, 1, 'event',
  );
  const cookies = [];
  const verdict = await KnownUser.resolveQueueRequestByLocalConfig(
    clean, token, config, customer, secret, context(request, url, cookies), null,
  );
  const unkept = { 'cache-control': 'no-cache, no-store', 'set-cookie': cookies };
  if (verdict.doRedirect()) {
    const [status, headers] = verdict.isAjaxResult
      ? [200, { [verdict.getAjaxQueueRedirectHeaderKey()]: verdict.getAjaxRedirectUrl() }]
      : [302, { location: verdict.redirectUrl }];
    return response.writeHead(status, { ...unkept, ...headers }).end();
  }
  if (token) return response.writeHead(302, { ...unkept, location: clean }).end();
  return forward(request, response, request.url, cookies);
}

/** The queue's host: its entrance and its error pages are the room's, under a prefix of their own. */
function room(request, response) {
  if (request.url.startsWith('/_queue/')) return forward(request, response, request.url);
  return response.writeHead(302, { location: `/_queue${request.url}` }).end();
}

const listening = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
const site = await listening(
  http.createServer((request, response) => guarded(request, response).catch((error) => response.destroy(error))),
);
const tls = key && { key: readFileSync(key), cert: readFileSync(certificate) };
const ports = { site, room: tls ? await listening(https.createServer(tls, room)) : 0 };
process.stdout.write(`${JSON.stringify(ports)}\n`);
await text(process.stdin);
process.exit(0);
