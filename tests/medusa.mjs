// The client that the service behind contract `actor` publishes (npm `@medusajs/js-sdk`), as it is: `node medusa.mjs URL`,
// with DOORWARD_TOOLS (where npm installed it) in the environment.
//
// A line of input is {call, with}: a method of the client's, and its arguments. A line of output is {gives} or {fails}, with
// what the client itself says of a failure. It ends with its standard input. Without URL it prints the client as one script
// for a browser, where it is called Medusa.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const tools = join(process.env.DOORWARD_TOOLS, 'node');
const require = createRequire(join(tools, 'package.json'));
const baseUrl = process.argv[2];

if (!baseUrl) {
  const stdin = { contents: 'module.exports = require("@medusajs/js-sdk").default', resolveDir: tools };
  const bundle = { stdin, bundle: true, format: 'iife', globalName: 'Medusa', write: false };
  const { outputFiles } = await require('esbuild').build(bundle);
  process.stdout.write(outputFiles[0].text);
} else {
  const Medusa = require('@medusajs/js-sdk').default;
  const sdk = new Medusa({ baseUrl, auth: { type: 'jwt', jwtTokenStorageMethod: 'memory' } });
  for await (const line of createInterface({ input: process.stdin })) {
    const { call, with: args } = JSON.parse(line);
    const path = call.split('.');
    const method = path.pop();
    const subject = path.reduce((thing, name) => thing[name], sdk);
    const answer = await subject[method](...args).then(
      (gives) => ({ gives: gives ?? null }),
      ({ status, statusText, message }) => ({ fails: { status, statusText, message } }),
    );
    console.log(JSON.stringify(answer));
  }
}
