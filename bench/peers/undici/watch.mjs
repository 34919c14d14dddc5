// Node's own fast client with one pool for everybody, and a cookie jar a profile.
import { CookieJar } from 'tough-cookie';
import { Pool } from 'undici';
import { run } from '../watch.mjs';

let pool;

await run(({ origin }) => {
  pool ??= new Pool(origin, { connections: 64 });
  const jar = new CookieJar(undefined, { looseMode: true });
  return async function request(method, path, { headers, form, json }) {
    const url = new URL(path, origin).href;
    const body = form ? new URLSearchParams(form).toString() : json ? JSON.stringify(json) : undefined;
    const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
    const answer = await pool.request({
      method, path, body,
      headers: { ...headers, cookie: await jar.getCookieString(url), ...(body ? { 'content-type': type } : {}) },
    });
    for (const cookie of [answer.headers['set-cookie'] ?? []].flat()) await jar.setCookie(cookie, url, { ignoreError: true });
    const text = await answer.body.text();
    const target = answer.statusCode === 302 && answer.headers.location;
    return target ? request('GET', new URL(target, url).href.slice(origin.length), {}) : { status: answer.statusCode, text };
  };
});
