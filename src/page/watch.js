"use strict";
(function () {
  let known = null;
  async function look() {
    try {
      const answer = await fetch("/version", { cache: "no-store" });
      const now = await answer.text();
      if (known !== null && now !== known) location.reload();
      known = now;
    } catch (error) {
      // The server has gone: the page stays as it is.
    }
    setTimeout(look, 1000);
  }
  look();
})();
