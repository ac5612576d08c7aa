// The mailbox page: the list, and the mail that the address names after its hash.
"use strict";

const POLL_MS = 2000;

let mails = [];
let shown = null;

const entry = (mail) => {
  const link = make("a", "mail");
  link.href = `#${mail.id}`;
  link.setAttribute("aria-current", String(mail.id === shown));
  const line = make("span", "line");
  line.append(make("span", "", mail.to), make("time", "", clock(new Date(mail.sentAt))));
  link.append(line, make("span", "subject", mail.subject));
  const item = make("li");
  item.append(link);
  return item;
};

// The text with its addresses as links.
const linked = (text) => text.split(/(https?:\/\/[^\s<>"]+)/).map((part, index) => {
  if (index % 2 === 0) return part;
  const link = make("a", "", part);
  link.href = part;
  return link;
});

const show = () => {
  const mail = mails.find((mail) => mail.id === location.hash.slice(1)) ?? mails[0];
  $("mail").hidden = mail === undefined;
  $("no-mails").hidden = mails.length > 0;
  $("clear").hidden = mails.length === 0;
  if (mail !== undefined && mail.id !== shown) {
    for (const name of ["subject", "to", "from"]) $(name).textContent = mail[name];
    $("sent").textContent = new Date(mail.sentAt).toLocaleString();
    $("html").hidden = mail.html === "";
    if (mail.html !== "") $("html").src = `/_local/mail/${mail.id}/html`;
    $("text").replaceChildren(...linked(mail.text));
  }
  shown = mail?.id ?? null;
  $("mails").replaceChildren(...mails.map(entry));
};

const load = async () => {
  if (document.hidden) return;
  const fresh = await fetch("/_local/mail").then((response) => response.json()).catch(() => mails);
  if (fresh.length === mails.length && fresh[0]?.id === mails[0]?.id) return;
  mails = fresh;
  show();
};

$("clear").onclick = async () => {
  await fetch("/_local/mail", { method: "DELETE" });
  load();
};
window.onhashchange = show;
load();
setInterval(load, POLL_MS);
