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

// Recovery codes can be copied and printed.
const codes = document.querySelector("[data-codes]");
if (codes) {
  const copy = document.querySelector("[data-copy]");
  const print = document.querySelector("[data-print]");
  const text = () => Array.from(codes.children, (code) => code.textContent.trim()).join("\n");
  copy.hidden = !navigator.clipboard;
  print.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text());
    document.querySelector("[data-status]").textContent = copy.dataset.copied;
  });
  print.addEventListener("click", () => window.print());
}
