// What a page of another site may try, run in a browser.

/** All that it may try to read; what it got, '' for nothing. */
async function readAll(url) {
  const got = {};
  const target = `${url}/api/openapi.json`;
  for (const mode of ['cors', 'no-cors']) {
    for (const credentials of ['include', 'omit']) {
      const answer = fetch(target, { mode, credentials });
      got[`fetch ${mode} ${credentials}`] = await answer.then(
        (response) => response.text(),
        () => '',
      );
    }
  }
  for (const tag of ['script', 'img', 'iframe', 'object', 'link']) got[tag] = await load(tag, target);
  got.events = await new Promise((resolve) => {
    const events = new EventSource(`${url}/api/v1/live`, { withCredentials: true });
    events.onopen = () => resolve('open');
    events.onerror = () => {
      events.close();
      resolve('');
    };
  });
  return got;
}

function load(tag, target) {
  return new Promise((resolve) => {
    const element = document.createElement(tag);
    element.onload = () =>
      resolve(tag === 'iframe' ? (element.contentDocument?.body.innerText ?? '') : 'loaded');
    element.onerror = () => resolve('');
    if (tag === 'link') Object.assign(element, { rel: 'stylesheet', href: target });
    else element[tag === 'object' ? 'data' : 'src'] = target;
    document.body.append(element);
    // Of some that are refused a browser says nothing.
    setTimeout(resolve, 2000, '');
  });
}

/** All that it may try to change something with. */
async function writeAll(url) {
  const target = `${url}/api/v1/queues/mail/purge`;
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json', '']) {
    for (const mode of ['cors', 'no-cors']) {
      for (const method of ['POST', 'PUT', 'DELETE']) {
        const headers = type === '' ? {} : { 'content-type': type };
        const options = { method, mode, headers, body: '{"payload":"x"}', credentials: 'include' };
        await fetch(target, options).catch(() => {});
      }
    }
  }
  await fetch(`${url}/api/v1/queues/mail/messages`, { method: 'POST', mode: 'no-cors', body: 'x' }).catch(
    () => {},
  );
  navigator.sendBeacon(target, 'x');
  const frame = document.createElement('iframe');
  frame.name = 'target';
  document.body.append(frame);
  for (const enctype of ['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded']) {
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', action: target, enctype, target: 'target' });
    const input = Object.assign(document.createElement('input'), { name: 'payload', value: 'x' });
    form.append(input);
    document.body.append(form);
    const answered = new Promise((resolve) => {
      frame.onload = resolve;
      setTimeout(resolve, 2000);
    });
    form.submit();
    await answered;
  }
}

Object.assign(globalThis, { readAll, writeAll });
