import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** For `testWhere`: why no test can look at a page here. */
export const whyNoBrowser = existsSync(executablePath)
  ? undefined
  : `no browser at ${executablePath}: install the Debian package chromium, or set CHROMIUM`;

/** As root in a container a browser has no sandbox; and it must not speak to anybody but the page's server. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath, args, headless: true });
}

/** Temporal's web pages as a person walks through them. */
export interface TemporalUi {
  readonly page: Page;
  /** Opens the list with this query, and from it the one workflow of this id. */
  open(query: string, workflowId: string): Promise<void>;
  /** Opens a tab of the workflow's page. */
  tab(name: 'Event History' | 'User Metadata' | 'Search Attributes'): Promise<void>;
  /** Reloads until the workflow's details (the UI renders their Markdown in frames) show all of these. */
  details(...wanted: readonly RegExp[]): Promise<string>;
}

const withinMs = 40_000;

export async function openTemporalUi(browser: Browser, address: string): Promise<TemporalUi> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  page.setDefaultTimeout(withinMs);
  return {
    page,
    async open(query, workflowId) {
      await page.goto(`${address}/namespaces/default/workflows?query=${encodeURIComponent(query)}`);
      await page.getByRole('link', { name: workflowId, exact: true }).click();
      await page.getByRole('heading', { name: workflowId }).waitFor();
    },
    async tab(name) {
      await page.getByRole('tab', { name }).or(page.getByRole('link', { name })).first().click();
    },
    async details(...wanted) {
      const deadline = Date.now() + withinMs;
      for (let time = 1; ; time += 1) {
        const text = await frameTexts(page);
        if (wanted.every((one) => one.test(text))) return text;
        if (Date.now() > deadline) throw new Error(`${wanted.join(' and ')} not found in: ${text}`);
        if (time % 20 === 0) await page.reload();
        await page.waitForTimeout(250);
      }
    },
  };
}

async function frameTexts(page: Page): Promise<string> {
  const [, ...frames] = page.frames();
  // A frame that goes away while it is read has no text any more.
  const texts = await Promise.all(frames.map((frame) => frame.innerText('body', { timeout: 1000 }).catch(() => '')));
  return texts
    .join('\n')
    .replace(/[\u00a0\u2003]/g, ' ')
    .replaceAll('\u2011', '-');
}
