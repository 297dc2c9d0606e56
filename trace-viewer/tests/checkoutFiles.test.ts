import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askedRange, checkoutFiles } from "../server/checkoutFiles";

describe("the checkout's files over HTTP", () => {
  const folder = mkdtempSync(join(tmpdir(), "checkout-"));
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    mkdirSync(join(folder, "root/var/files"), { recursive: true });
    writeFileSync(join(folder, "secret.png"), "secret");
    writeFileSync(join(folder, "root/var/files/a.png"), "0123456789");
    symlinkSync(join(folder, "secret.png"), join(folder, "root/var/files/out.png"));
    const handler = checkoutFiles(join(folder, "root"));
    server = createServer((request, response) => {
      handler(request, response, () => response.writeHead(404).end("next"));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  it("gives a picture, with a policy that makes it harmless by itself", async () => {
    const response = await fetch(`${origin}/var/files/a.png`);
    expect(await response.text()).toBe("0123456789");
    expect(response.headers.get("content-security-policy")).toContain("sandbox");
  });

  it("gives a part, as a film asks for it", async () => {
    const headers = { Range: "bytes=2-4" };
    const response = await fetch(`${origin}/var/files/a.png`, { headers });
    expect([response.status, await response.text()]).toEqual([206, "234"]);
    expect(askedRange("bytes=99-", 10)).toBeNull();
    expect(askedRange("bytes=7-", 10)).toEqual([7, 9]);
  });

  it("follows no link out of the checkout", async () => {
    expect((await fetch(`${origin}/var/files/out.png`)).status).toBe(404);
  });

  it("takes no other method", async () => {
    const response = await fetch(`${origin}/var/files/a.png`, { method: "POST" });
    expect(response.status).toBe(404);
  });
});
