// The start page: signs in both ways with the JSON API and shows what comes back.
"use strict";

const REDIRECT = `${location.origin}/`;
const MAIL_POLL_MS = 2000;

// ---- what this browser keeps: the session, and the verifier of each sign-in on its way

const keep = (key, value) => value === null ? localStorage.removeItem(key) : localStorage.setItem(key, JSON.stringify(value));
const kept = (key) => JSON.parse(localStorage.getItem(key) ?? "null");

let session = kept("session");

const setSession = (value) => {
  session = value;
  keep("session", value);
  showSession();
};

// ---- the API

const call = async (method, path, { body, bearer } = {}) => {
  say("");
  const headers = {};
  if (body) headers["content-type"] = "application/json";
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  const began = performance.now();
  let status = 0;
  let answer;
  try {
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    status = response.status;
    const text = await response.text();
    try { answer = JSON.parse(text); } catch { answer = text; }
  } catch {
    answer = { message: "The local stack does not answer. Is it still running?" };
  }
  showCall({ method, path, body, status, answer, took: performance.now() - began });
  const ok = status >= 200 && status < 300;
  if (!ok) say(`${answer.error ?? status}: ${answer.message ?? "no message"}`, true);
  return ok ? answer.data : null;
};

const base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const signInWith = async (provider) => {
  const codeVerifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const codeChallenge = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier)));
  const started = await call("POST", "/v1/auth/login", { body: { provider, redirectUri: REDIRECT, codeChallenge } });
  if (!started) return;
  keep(`sign-in ${started.state}`, { provider, codeVerifier });
  location.assign(started.authUrl);
};

const finishSignIn = async (answer) => {
  const pending = `sign-in ${answer.get("state")}`;
  const { provider = "demo", codeVerifier } = kept(pending) ?? {};
  keep(pending, null);
  if (answer.has("error")) {
    say(`The provider said ${answer.get("error")}. ${answer.get("error_description") ?? ""}`, true);
    return;
  }
  const body = { provider, code: answer.get("code"), state: answer.get("state"), iss: answer.get("iss") ?? undefined, codeVerifier };
  const result = await call("POST", "/v1/auth/callback", { body });
  if (result) welcome(result);
};

const offerLink = (token) => {
  $("link-opened").hidden = false;
  $("use-link").onclick = async () => {
    $("link-opened").hidden = true;
    const result = await call("POST", "/v1/auth/verify", { body: { token } });
    if (result) welcome(result);
  };
};

const offerCode = (requestId) => {
  say("Sent. Open the mail in the mailbox below, or type its code here.");
  $("code-form").hidden = false;
  $("code-form").onsubmit = async (event) => {
    event.preventDefault();
    const code = new FormData(event.target).get("code");
    const result = await call("POST", "/v1/auth/verify", { body: { requestId, code } });
    if (!result) return;
    event.target.hidden = true;
    event.target.reset();
    welcome(result);
  };
};

const welcome = (result) => {
  if (result.accessToken) {
    setSession(result);
    say("");
  } else if (result.registrationRequired) {
    say("This address has no account, and signing up takes an invitation.", true);
  }
};

const lookUp = () => call("GET", "/v1/auth/session", { bearer: session.accessToken });
const list = () => call("GET", "/v1/auth/sessions", { bearer: session.accessToken });

const refresh = async () => {
  const tokens = await call("POST", "/v1/auth/refresh", { body: { refreshToken: session.refreshToken } });
  if (tokens) setSession({ ...session, ...tokens });
};

const logOut = async () => {
  await call("POST", "/v1/auth/logout", { bearer: session.accessToken });
  setSession(null);
};

// ---- showing

const say = (text, bad = false) => {
  $("notice").textContent = text;
  $("notice").hidden = text === "";
  $("notice").classList.toggle("bad", bad);
};

const decode = (token) => {
  const part = (text) => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0))));
  const [header, claims] = token.split(".");
  return { header: part(header), claims: part(claims) };
};

// JSON with coloured keys and values; times in seconds also as the time of day.
const showJson = (target, value) => {
  target.replaceChildren();
  const lines = typeof value === "string" ? [value] : JSON.stringify(value, null, 2).split("\n");
  for (const line of lines) {
    const [, indent = "", key, rest] = line.match(/^(\s*)("[^"]*"): (.*)$/) ?? [];
    if (key === undefined) {
      target.append(`${line}\n`);
      continue;
    }
    target.append(indent, make("span", "key", key), ": ", make("span", "value", rest));
    const seconds = /^"(iat|exp|nbf|auth_time)"$/.test(key) ? parseInt(rest, 10) : NaN;
    if (!Number.isNaN(seconds)) target.append(make("span", "gloss", `  ${clock(new Date(seconds * 1000))}`));
    target.append("\n");
  }
};

const showSession = () => {
  $("session").hidden = session === null;
  $("sign-in").hidden = false;
  if (session === null) return;
  const { user = {}, accessToken, refreshToken, expiresAt } = session;
  const name = user.name ?? user.email ?? user.id ?? "Somebody";
  $("face").textContent = name.slice(0, 1).toUpperCase();
  $("name").textContent = name;
  $("detail").textContent = [user.email !== name && user.email, user.id].filter(Boolean).join(" · ");
  $("expires").textContent = `access until ${clock(new Date(expiresAt))}`;
  try { showJson($("access-token"), decode(accessToken)); } catch { showJson($("access-token"), accessToken); }
  showJson($("refresh-token"), refreshToken);
};

const showCall = ({ method, path, body, status, answer, took }) => {
  const entry = make("details", "call");
  const summary = make("summary");
  const good = status >= 200 && status < 300;
  summary.append(
    make("span", "path", `${method} ${path}`),
    make("span", good ? "status" : "status bad", status === 0 ? "no answer" : String(status)),
    make("span", "took", `${Math.round(took)} ms`),
  );
  entry.append(summary);
  for (const [title, value] of [["Sent", body], ["Came back", answer]]) {
    if (value === undefined || value === "") continue;
    const pre = make("pre");
    showJson(pre, value);
    entry.append(make("h3", "", title), pre);
  }
  for (const earlier of $("calls").children) earlier.open = false;
  entry.open = true;
  $("calls").prepend(entry);
  $("no-calls").hidden = true;
  $("forget").hidden = false;
};

const showMails = async () => {
  if (document.hidden) return;
  const mails = await fetch("/_local/mail").then((response) => response.json()).catch(() => []);
  $("no-mails").hidden = mails.length > 0;
  $("mails").replaceChildren(...mails.slice(0, 4).map((mail) => {
    const entry = make("a", "mail");
    entry.href = `/_local/mail/#${mail.id}`;
    const line = make("span", "line");
    line.append(make("span", "", mail.to), make("time", "", clock(new Date(mail.sentAt))));
    entry.append(line, make("span", "subject", mail.subject));
    const item = make("li");
    item.append(entry);
    return item;
  }));
};

// ---- start

for (const button of document.querySelectorAll("[data-provider]")) {
  button.onclick = () => signInWith(button.dataset.provider);
}
$("link-form").onsubmit = async (event) => {
  event.preventDefault();
  const email = new FormData(event.target).get("email");
  const sent = await call("POST", "/v1/auth/magic-link", { body: { email, redirectUri: REDIRECT } });
  if (sent) offerCode(sent.requestId);
  showMails();
};
$("look-up").onclick = lookUp;
$("list").onclick = list;
$("refresh").onclick = refresh;
$("log-out").onclick = logOut;
$("forget").onclick = () => {
  $("calls").replaceChildren();
  $("no-calls").hidden = false;
  $("forget").hidden = true;
};

// Codes and tokens leave the address bar, and with it the history, before anything else happens.
const arrived = new URLSearchParams(location.search);
history.replaceState(null, "", location.pathname);
showSession();
if (arrived.has("token")) offerLink(arrived.get("token"));
else if (arrived.has("state")) finishSignIn(arrived);
else if (arrived.has("error")) say(`It ended with ${arrived.get("error")}.`, true);
showMails();
setInterval(showMails, MAIL_POLL_MS);
