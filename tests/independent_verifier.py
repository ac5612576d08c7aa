"""Verifies an access token of Doorward as a resource server would: discovery, JWKS, PyJWT. Prints the claims."""

import json
import sys
import urllib.request

import jwt

issuer, audience, token = sys.argv[1:]
with urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration", timeout=10) as answer:
    metadata = json.load(answer)
assert metadata["issuer"] == issuer, metadata
key = jwt.PyJWKClient(metadata["jwks_uri"]).get_signing_key_from_jwt(token)
claims = jwt.decode(
    token,
    key,
    algorithms=metadata["id_token_signing_alg_values_supported"],
    audience=audience,
    issuer=issuer,
    options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]},
)
assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
print(json.dumps(claims))
