// The end of a sign-in that happened in a second window: hands the identity provider's answer to
// the Swagger UI that opened this window, and closes it.
"use strict";

(() => {
  const pending = window.opener && window.opener.swaggerUIRedirectOauth2;
  if (!pending) return;
  const text = window.location.hash.slice(1) || window.location.search.slice(1);
  const answer = Object.fromEntries(new URLSearchParams(text));
  const known = answer.state === pending.state;
  if (!known) {
    // Not the answer to the question that was asked: never use its code.
    pending.errCb({
      authId: pending.auth.name,
      source: "auth",
      level: "error",
      message: "This answer does not belong to the sign-in you started. Try again.",
    });
  } else if (answer.error || !answer.code) {
    pending.errCb({
      authId: pending.auth.name,
      source: "auth",
      level: "error",
      message: answer.error_description || answer.error || "No code came back. Try again.",
    });
  } else {
    delete pending.state;
    pending.auth.code = answer.code;
    pending.callback({ auth: pending.auth, redirectUrl: pending.redirectUrl });
  }
  window.close();
})();
