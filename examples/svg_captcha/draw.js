// Draws captchas with svg-captcha, one for each line of standard input: {"text": "aB3", "seed": 1}.
// Writes the pixels of each, RGBA, to standard output. The same text and seed give the same pixels.
const readline = require('readline');
const { Resvg } = require('@resvg/resvg-js');
const svgCaptcha = require('svg-captcha');

// mulberry32, by Tommy Ettinger: a generator that can be seeded, in place of Math.random.
function seed(state) {
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line);
  seed(order.seed);
  const options = { background: 'white', font: { loadSystemFonts: false } };
  process.stdout.write(new Resvg(svgCaptcha(order.text), options).render().pixels);
});
