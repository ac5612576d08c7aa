// One Chromium for all browser tests, steered over standard input: `node driver.mjs`, with DOORWARD_TOOLS (where npm
// installed Playwright, axe and ZXing) in the environment.
//
// A line of input is {id, on, call, with}: a method of Playwright's, its arguments, and the thing that has it. Thing 0 is
// the browser; a context, a page or another thing that a call gives is answered by its number. A line of output is
// {id, gives} or {id, fails}. It ends with its standard input.
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = join(process.env.DOORWARD_TOOLS, 'node/node_modules');
const { chromium } = await import(pathToFileURL(join(modules, 'playwright-core/index.mjs')));
const axe = readFileSync(join(modules, 'axe-core/axe.min.js'), 'utf8');
const { prepareZXingModule, readBarcodes } = await import(pathToFileURL(join(modules, 'zxing-wasm/dist/es/reader/index.js')));
// By itself it would fetch this from a content delivery network.
prepareZXingModule({ overrides: { wasmBinary: readFileSync(join(modules, 'zxing-wasm/dist/reader/zxing_reader.wasm')) } });

const executablePath = process.env.PATH.split(delimiter).map((folder) => join(folder, 'chromium')).find(existsSync);
if (!executablePath) throw new Error('there is no chromium on the PATH: run tests/run, which installs it');

const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
    // Nothing leaves this machine, whatever a page asks for.
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
  ],
});

// What our tests need beside Playwright's own methods.

const PATIENCE_MS = 15_000;

function adopt(context) {
  context.setDefaultTimeout(PATIENCE_MS);
  const requests = [];
  const complaints = [];
  const navigated = new Set();
  context.on('request', (request) => {
    const leads = request.isNavigationRequest();
    if (leads) navigated.add(request.url());
    requests.push({ url: request.url(), method: request.method(), by: leads ? null : request.frame().url() });
  });
  context.on('weberror', (failure) => complaints.push({ page: failure.page()?.url() ?? 'unknown', text: String(failure.error()) }));
  context.on('console', (message) => {
    const { url } = message.location();
    // Chromium complains of every page whose status is an error, and such pages are meant to be; and of an icon that it
    // looks for by itself where a page, such as an answer in JSON, names none.
    const meant = navigated.has(url) || url.endsWith('/favicon.ico');
    if ((meant && message.text().startsWith('Failed to load resource')) || !['warning', 'error'].includes(message.type())) return;
    complaints.push({ page: message.page()?.url() ?? 'unknown', text: `${message.type()}: ${message.text()} (${url})` });
  });
  // What happened in this context since it began.
  context.heard = () => ({ requests, complaints });

  // Answers requests for what matches with this instead.
  context.replace = (glob, body) => context.route(glob, (route) => route.fulfill({ body }));

  context.on('page', (page) => {
    // Does what leads to another page, and gives the status of the page that it leads to in the end.
    const leads = async (action) => {
      const [response] = await Promise.all([page.waitForNavigation(), action()]);
      return response;
    };
    page.follow = (selector) => leads(() => page.click(selector));
    page.enter = (key) => leads(() => page.keyboard.press(key));
    // Clicks on what is saved as a file.
    page.saves = async (selector) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
      return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
    };
    // What a camera reads from the picture, or null.
    page.scans = async (selector) => {
      const [code] = await readBarcodes(await page.locator(selector).screenshot(), { formats: ['QRCode'] });
      return code?.text ?? null;
    };
    // An authenticator of the page's own, which keeps passkeys and needs no finger to touch it.
    let keys, authenticatorId;
    page.authenticator = async (options) => {
      keys = await context.newCDPSession(page);
      await keys.send('WebAuthn.enable');
      ({ authenticatorId } = await keys.send('WebAuthn.addVirtualAuthenticator', {
        options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
          automaticPresenceSimulation: true, ...options },
      }));
    };
    page.recognises = (isUserVerified) => keys.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    page.judge = async () => {
      await page.evaluate(axe);
      const { violations, incomplete, passes } = await page.evaluate('axe.run({ resultTypes: ["violations", "incomplete"] })');
      const brief = ({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html, failureSummary }) => ({ html, failureSummary })) });
      return { violations: violations.map(brief), incomplete: incomplete.map(brief), passes: passes.length };
    };
  });
}

// What goes wrong in one page while nobody waits for it ends no other's test.
process.on('unhandledRejection', (reason) => console.error(`nobody waited for: ${reason?.stack ?? reason}`));

// Calls by name.

const things = [browser];

async function call({ on, call, with: args }) {
  const path = call.split('.');
  const method = path.pop();
  const subject = path.reduce((thing, name) => thing[name], things[on]);
  const result = await subject[method](...args);
  if (result?.newPage) adopt(result);
  const isThing = result?.newPage ?? result?.goto ?? result?.detach;
  if (isThing) return things.push(result) - 1;
  // A response.
  if (result?.status instanceof Function) return result.status();
  return result ?? null;
}

// Whoever asked may be gone before the answer: at the end of the tests, browsers are closed and nobody waits for it.
process.stdout.on('error', () => {});
const tell = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

const lines = createInterface({ input: process.stdin });
lines.on('line', async (line) => {
  const command = JSON.parse(line);
  try {
    // A thing may be handed in by its number, as {thing: 3}.
    const args = command.with.map((argument) => (argument?.thing === undefined ? argument : things[argument.thing]));
    tell({ id: command.id, gives: await call({ ...command, with: args }) });
  } catch (error) {
    tell({ id: command.id, fails: String(error?.message ?? error) });
  }
});
lines.on('close', async () => {
  await browser.close();
  process.exit();
});
