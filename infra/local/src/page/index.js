// The index: requests with their calls and log lines, people, tables, settings, and the fault on order.
"use strict";

const MOST_REQUESTS = 100;

const read = (path) => fetch(path).then((response) => response.json());

// A value as it is stored, without DynamoDB's types.
const plain = (value) => {
  const [[type, content]] = Object.entries(value);
  if (type === "N") return Number(content);
  if (type === "NULL") return null;
  if (type === "L") return content.map(plain);
  if (type === "M") return plainItem(content);
  return content;
};
const plainItem = (item) => Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value)]));

const json = (value) => make("pre", "", JSON.stringify(value, null, 2));

// Something to open: what it is, what is said beside it, and what is inside. It stays open when the page looks again.
const opened = new Set();
const entry = (key, title, asides, ...inside) => {
  const details = make("details", "call");
  const summary = make("summary");
  summary.append(make("span", "path", title), ...asides);
  details.append(summary, ...inside);
  details.open = opened.has(key);
  details.ontoggle = () => details.open ? opened.add(key) : opened.delete(key);
  return details;
};

const fill = (id, entries, none) => $(id).replaceChildren(...entries.length > 0 ? entries : [make("p", "empty", none)]);

const showRequests = (requests, calls, lines) => {
  const entries = requests.slice(-MOST_REQUESTS).reverse().map(({ requestId, method, path, status, at }) => {
    const made = calls.filter((call) => call.requestId === requestId);
    const said = lines.filter(({ record }) => record.request_id === requestId);
    const events = said.map(({ record }) => record.event).filter(Boolean);
    const listed = made.map((call) => {
      const where = call.table ?? (call.tables ?? []).join(", ");
      return `${call.service} ${call.operation} ${where}  ${call.tookMs === undefined ? "no answer" : `${call.tookMs} ms`}`;
    });
    const asides = [
      make("span", "took", events.join(", ")),
      make("span", status < 400 ? "status" : "status bad", String(status)),
      make("span", "took", clock(new Date(at))),
    ];
    const inside = [make("h3", "", `${made.length} calls to AWS`), make("pre", "", listed.join("\n") || "none")];
    for (const { record } of said) inside.push(make("h3", "", record.event ?? "log"), json(record));
    return entry(requestId, `${method} ${path}`, asides, make("p", "quiet", requestId), ...inside);
  });
  fill("requests", entries, "No request yet. Sign in, and look again.");
  const known = new Set(requests.map((request) => request.requestId));
  const others = lines.filter(({ record }) => !known.has(record.request_id));
  $("lines").textContent = others.map(({ text }) => text).join("\n") || "none";
};

const showPeople = (tables) => {
  const users = tables.Users.filter((item) => item.id.startsWith("user#"));
  fill("people", users.map(({ account }) => {
    const id = account.id;
    const items = Object.entries(tables).flatMap(([table, all]) =>
      all.filter((item) => JSON.stringify(item).includes(id)).map((item) => ({ table, item })));
    const factors = (account.factors ?? []).join(", ");
    const inside = items.flatMap(({ table, item }) => [make("h3", "", `${table}: ${item.id}`), json(item)]);
    return entry(id, account.email ?? account.name ?? id, [make("span", "took", [factors, id].filter(Boolean).join(" · "))], ...inside);
  }), "Nobody has an account yet.");
};

const showTables = (tables) => fill("tables", Object.entries(tables).map(([table, items]) =>
  entry(`table ${table}`, table, [make("span", "took", `${items.length} items`)], ...items.map(json))), "There is none.");

const showFault = ({ fault, struck }) => {
  $("fault").textContent = fault === null ? "Everything works."
    : `${fault.function}: ${fault.kind}; ${fault.after} go well first, ${fault.times} to come, ${struck} failed so far.`;
};

const show = async () => {
  const [requests, calls, log, dump, faults] = await Promise.all(
    ["requests", "trace", "log", "dump", "faults"].map((name) => read(`/_local/${name}`)));
  const lines = log.map(({ function: name, line }) => {
    let record = {};
    try { record = JSON.parse(line).fields ?? {}; } catch { /* a line that is no record */ }
    return { record, text: `${name} | ${line}` };
  });
  const tables = Object.fromEntries(Object.entries(dump).map(([table, items]) => [table, items.map(plainItem)]));
  showRequests(requests, calls, lines);
  showPeople(tables);
  showTables(tables);
  showFault(faults);
};

const showSettings = async () => {
  const { settings, functions } = await read("/_local/settings");
  $("settings").replaceChildren(...Object.entries(settings).flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value || "–")]));
  $("functions").replaceChildren(...functions.map((name) => make("option", "", name)));
};

$("order").onsubmit = async (event) => {
  event.preventDefault();
  const { function: name, kind, after, times } = Object.fromEntries(new FormData(event.target));
  const body = JSON.stringify({ function: name, kind, after: Number(after), times: Number(times) });
  await fetch("/_local/faults", { method: "POST", headers: { "content-type": "application/json" }, body });
  showFault(await read("/_local/faults"));
};
$("heal").onclick = async () => {
  await fetch("/_local/faults", { method: "DELETE" });
  showFault(await read("/_local/faults"));
};
$("again").onclick = show;
window.onfocus = show;
showSettings();
show();
