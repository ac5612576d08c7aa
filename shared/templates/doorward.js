// What makes the pages handier where scripts run; each of them works without.
"use strict";

// What a provider posted goes on at once.
const passOn = document.querySelector("form[data-pass-on]");
if (passOn) passOn.submit();

// The button that sends another mail waits until another mail may be sent.
const seconds = document.querySelector("[data-resend] [data-seconds]");
if (seconds) {
  const button = seconds.closest("form").querySelector("button");
  const ready = Date.now() + Number(seconds.textContent) * 1000;
  const tick = () => {
    const left = Math.ceil((ready - Date.now()) / 1000);
    button.disabled = left > 0;
    if (left > 0) {
      seconds.textContent = left;
      setTimeout(tick, 250);
    } else {
      seconds.closest("[data-wait]").remove();
    }
  };
  tick();
}

// The page that waits for a code looks whether the link of the mail was opened meanwhile: when somebody comes back to it, and
// now and then while they look at it. What was typed is not lost unless there is something else to say.
const waiting = "form[data-waiting]";
if (document.querySelector(waiting)) {
  let looks = 60;
  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok && !page.querySelector(waiting)) location.reload();
    } catch { /* nobody answered: the next look is another */ }
  };
  document.addEventListener("visibilitychange", look);
  window.addEventListener("focus", look);
  const timer = setInterval(() => (looks-- > 0 ? look() : clearInterval(timer)), 10000);
}

// Recovery codes can be copied and printed.
const codes = document.querySelector("[data-codes]");
if (codes) {
  const copy = document.querySelector("[data-copy]");
  const print = document.querySelector("[data-print]");
  const purpose = document.querySelector("[data-purpose]").textContent;
  const text = () => [purpose, "", ...Array.from(codes.children, (code) => code.textContent.trim())].join("\n");
  copy.hidden = !navigator.clipboard;
  print.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text());
    document.querySelector("[data-status]").textContent = copy.dataset.copied;
  });
  print.addEventListener("click", () => window.print());
}

// A passkey is asked for by a button, and what the authenticator says goes with the form.
const known = window.PublicKeyCredential;
for (const form of document.querySelectorAll("form[data-passkey]")) {
  const isNew = "new" in form.dataset;
  if (!(isNew ? known?.parseCreationOptionsFromJSON : known?.parseRequestOptionsFromJSON)) continue;
  const button = form.querySelector("button");
  const failed = form.querySelector("[data-failed]");
  const instead = form.nextElementSibling;
  if (instead && "unsupported" in instead.dataset) instead.remove();
  form.hidden = false;

  const ask = async () => {
    const { session_id: partial, code } = form.elements;
    const body = JSON.stringify({ sessionId: partial?.value, code: code?.value });
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(form.dataset.passkey, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(answer.status);
    return (await answer.json()).data;
  };
  const show = (options) =>
    isNew
      ? navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(options) })
      : navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(options) });

  form.addEventListener("submit", async (submission) => {
    submission.preventDefault();
    button.disabled = true;
    failed.hidden = true;
    try {
      const { requestId, publicKey } = await ask();
      form.elements.request_id.value = requestId;
      form.elements.credential.value = JSON.stringify(await show(publicKey));
      form.submit();
    } catch {
      failed.hidden = false;
      button.disabled = false;
    }
  });
}
