// Proves the documentation pages in a real browser, as a person would use them: load, authorize
// with a demo login, call GET /api/v1/me. Nothing may be asked of any other origin.
//   BASE_URL, DEMO_EMAIL, DEMO_PASSWORD; optional: CHROMIUM, SCREENSHOT
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { chromium } from "playwright-core";

const base = new URL(required("BASE_URL"));
const email = required("DEMO_EMAIL");
const password = required("DEMO_PASSWORD");
const executablePath = process.env.CHROMIUM || "/usr/bin/chromium";
const screenshot = process.env.SCREENSHOT;

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

function check(fact, words) {
  if (!fact) throw new Error(`not so: ${words}`);
  console.log(`  ok  ${words}`);
}

if (!existsSync(executablePath)) throw new Error(`no Chromium at ${executablePath}`);
const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});

const outside = [];
const complaints = [];

async function open(path) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1400 } });
  // Before the network, so that a request is both seen and stopped.
  await context.route("**/*", (route) => {
    const url = new URL(route.request().url());
    if (url.origin === base.origin || ["data:", "blob:"].includes(url.protocol)) {
      return route.continue();
    }
    outside.push(url.href);
    return route.abort();
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.effectiveDirective} refused ${event.blockedURI}`);
    });
  });
  const answer = await page.goto(new URL(path, base).href, { waitUntil: "networkidle" });
  check(answer.status() === 200, `${path} answers 200`);
  check(
    (answer.headers()["content-security-policy"] ?? "").includes("script-src 'self';"),
    `${path} has a policy that allows scripts from itself only`,
  );
  return page;
}

function quiet(path) {
  check(outside.length === 0, `${path} asked nothing of another origin ${outside.join(" ")}`);
  check(complaints.length === 0, `${path} left the console clean ${complaints.join(" | ")}`);
}

try {
  const page = await open("/docs");
  await page.locator(".information-container .title").first().waitFor();
  const operations = await page.locator(".opblock-tag").count();
  check(operations > 0, `Swagger UI lists the operations under ${operations} tags`);
  quiet("/docs");

  // Authorize
  await page.locator("button.btn.authorize").first().click();
  const dialog = page.locator(".dialog-ux .auth-container").filter({ hasText: "password" }).first();
  await dialog.locator("#oauth_username").fill(email);
  await dialog.locator("#oauth_password").fill(password);
  const [token] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith("/auth/token")),
    dialog.locator("button.authorize").click(),
  ]);
  check(token.status() === 200, "Authorize gets a token with a demo login");
  await dialog.locator("button", { hasText: "Logout" }).waitFor();
  await page.locator(".dialog-ux .close-modal").click();

  // Try it out: the page has it enabled, so Execute is there as soon as the operation opens.
  // The list starts folded; the filter is not needed, the tag's heading opens it.
  const me = page.locator('.opblock[id$="-getMe"]');
  for (const tag of await page.locator(".opblock-tag").all()) {
    await tag.click();
    await page.waitForTimeout(200);
    if (await me.count()) break;
    await tag.click();
  }
  await me.locator(".opblock-summary-control").click();
  const [answer] = await Promise.all([
    page.waitForResponse((response) => new URL(response.url()).pathname === "/api/v1/me"),
    me.locator("button.execute").click(),
  ]);
  check(answer.status() === 200, "Try it out on GET /api/v1/me answers 200");
  check(
    (await answer.request().headerValue("authorization"))?.startsWith("Bearer "),
    "it sent the access token",
  );
  const live = me.locator(".live-responses-table .response");
  await live.locator(".response-col_status", { hasText: "200" }).waitFor();
  const shown = await live.locator(".highlight-code").first().innerText();
  const body = await answer.json();
  check(shown.includes(body.id ?? Object.keys(body)[0]), "the page shows the JSON that came back");
  quiet("/docs in use");
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  check(!kept.includes("Bearer") && !kept.includes("access_token"), "no token is left in storage");
  if (screenshot) {
    mkdirSync(dirname(screenshot), { recursive: true });
    // The picture is kept, so the token that the curl line shows is not in it.
    await page.evaluate(() => {
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) {
        const node = walk.currentNode;
        node.data = node.data.replace(/Bearer [\w.~+/=-]+/, "Bearer …");
      }
    });
    await live.scrollIntoViewIfNeeded();
    await page.screenshot({ path: screenshot });
    console.log(`  screenshot: ${screenshot}`);
  }

  const redoc = await open("/redoc");
  await redoc.locator("#redoc h1").first().waitFor();
  quiet("/redoc");
} finally {
  await browser.close();
}
console.log("browser: the documentation pages work and ask nothing of the outside");
