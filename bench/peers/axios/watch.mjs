// The original's stack: axios with a cookie jar, one loop a profile.
import axios from 'axios';
import { wrapper } from 'axios-cookiejar-support';
import { CookieJar } from 'tough-cookie';
import { run } from '../watch.mjs';

await run(({ origin }) => {
  const client = wrapper(axios.create({
    baseURL: origin, jar: new CookieJar(undefined, { looseMode: true }), withCredentials: true,
    timeout: 30000, validateStatus: () => true, responseType: 'text', transformResponse: (text) => text,
  }));
  return async (method, url, { headers, form, json }) => {
    const data = form ? new URLSearchParams(form) : json;
    const answer = await client.request({ method, url, headers, data });
    return { status: answer.status, text: answer.data };
  };
});
