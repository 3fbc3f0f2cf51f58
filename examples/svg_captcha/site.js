// A small site whose form has a captcha of svg-captcha: node site.js [--port 8000] [--math]
// With --math, the captcha is a sum. The answer stays in the session, and is valid once.
const crypto = require('crypto');
const http = require('http');
const { parseArgs } = require('util');
const svgCaptcha = require('svg-captcha');

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8000' }, math: { type: 'boolean', default: false } },
});
const answers = new Map(); // of each session

const page = (message) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Guest book</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 30em; margin: 3em auto; padding: 0 1em }
  img, input { display: block; margin: .5em 0 }
</style>
<h1>Guest book</h1>
${message}
<form method="post">
  <img id="captcha" src="/captcha.svg" alt="captcha">
  <label>What does it say? <input id="answer" name="answer" autocomplete="off"></label>
  <button id="submit">Sign</button>
</form>`;

function session(request, response) {
  const known = /session=(\w+)/.exec(request.headers.cookie);
  if (known) return known[1];
  const id = crypto.randomUUID().replaceAll('-', '');
  response.setHeader('Set-Cookie', `session=${id}; HttpOnly; SameSite=Strict`);
  return id;
}

async function sign(request, id) {
  let body = '';
  for await (const chunk of request) body += chunk;
  const answer = new URLSearchParams(body).get('answer') ?? '';
  const expected = answers.get(id);
  answers.delete(id);
  return expected !== undefined && answer.toLowerCase() === expected.toLowerCase();
}

const server = http.createServer(async (request, response) => {
  const id = session(request, response);
  if (request.url === '/captcha.svg') {
    const captcha = values.math ? svgCaptcha.createMathExpr({}) : svgCaptcha.create();
    answers.set(id, captcha.text);
    response.writeHead(200, { 'Content-Type': 'image/svg+xml', 'Cache-Control': 'no-store' });
    response.end(captcha.data);
    return;
  }
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  if (request.method !== 'POST') response.end(page(''));
  else if (await sign(request, id)) response.end('<p id="success">Thank you for signing.</p>');
  else response.end(page('<p id="failure">That was wrong.</p>'));
});
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(`serving http://127.0.0.1:${server.address().port}/`);
});
