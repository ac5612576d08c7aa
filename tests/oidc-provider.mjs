// An OpenID-certified provider on loopback, for the tests: `node oidc-provider.mjs`, with DOORWARD_TOOLS (where npm
// installed it), REDIRECT_URI, CLIENT_SECRET and CLIENT_KEY (a public JWK) in the environment. It has a client for each manner. Prints `ready ISSUER`; on a line `turn` it forgets its key,
// takes a new one and prints `turned`; on a line `turn URI` people return there from then on; it ends with its standard input.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { generateKeyPairSync } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const { DOORWARD_TOOLS, CLIENT_SECRET, CLIENT_KEY } = process.env;
const library = pathToFileURL(`${DOORWARD_TOOLS}/node/node_modules/oidc-provider/lib/index.js`);
const { Provider } = await import(library);

let redirectUri = process.env.REDIRECT_URI;
let serial = 0;

function client(name, manner = {}) {
  return {
    client_id: name,
    ...(manner.jwks ? {} : { client_secret: CLIENT_SECRET }),
    redirect_uris: [redirectUri],
    response_types: ['code'],
    grant_types: ['authorization_code'],
    ...manner,
  };
}

function withNewKey(issuer) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  serial += 1;
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: `key-${serial}`, use: 'sig', alg: 'RS256' }] },
    clients: [
      client('doorward'),
      client('keyed', { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [JSON.parse(CLIENT_KEY)] } }),
      client('sealing', { token_endpoint_auth_method: 'client_secret_jwt' }),
      client('pushing', { require_pushed_authorization_requests: true }),
      client('telling', { userinfo_signed_response_alg: 'RS256' }),
    ],
    features: { jwtUserinfo: { enabled: true } },
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    cookies: { keys: ['a key for these tests'] },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: `${sub}@people.example`, email_verified: true, name: `Person ${sub}` }),
    }),
  });
  provider.on('server_error', (_, error) => console.error(error));
  return provider.callback();
}

let answer;
const server = createServer((request, response) => answer(request, response));
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  answer = withNewKey(issuer);
  console.log(`ready ${issuer}`);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    redirectUri = line.split(' ')[1] || redirectUri;
    answer = withNewKey(issuer);
    console.log('turned');
  });
  lines.on('close', () => process.exit());
});
