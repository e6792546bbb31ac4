import { existsSync } from 'node:fs';
import { type Browser, chromium, type Frame, type Page } from 'playwright-core';

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
  /** Opens the list of workflows with this query; answers the ids that it shows, newest first. Throws where the server does not understand it. */
  list(query: string): Promise<string[]>;
  /** Opens the list with this query, and from it the one workflow of this id. */
  open(query: string, workflowId: string): Promise<void>;
  /** Opens a tab of the workflow's page. */
  tab(name: 'Event History' | 'User Metadata' | 'Search Attributes'): Promise<void>;
  /** What is rendered as a table in the details: of each its rows, of each row the texts of its cells. */
  tables(): Promise<string[][][]>;
  /** Details that do not fit into their frame, in which case people do not see their right or lower part. */
  clipped(): Promise<string[]>;
  /** Reloads until the workflow's details (the UI renders their Markdown in frames) show all of these. */
  details(...wanted: readonly RegExp[]): Promise<string>;
}

const withinMs = 120_000;

/** As people choose them by the button below the list: the first two columns stay in their place. */
const columns = ['Status', 'Workflow ID', 'Task', 'Phase', 'Trigger', 'Type', 'Start'];
const chosenColumns = JSON.stringify({ default: columns.map((label, place) => ({ label, pinned: place < 2 })) });

export async function openTemporalUi(browser: Browser, address: string): Promise<TemporalUi> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 }, timezoneId: 'UTC' });
  page.setDefaultTimeout(withinMs);
  await page.addInitScript(`localStorage.setItem('namespace-workflow-table-columns', '${chosenColumns}')`);
  const listOf = (query: string) => `${address}/namespaces/default/workflows?query=${encodeURIComponent(query)}`;
  return {
    page,
    async list(query) {
      await page.goto(listOf(query));
      const ids = page.locator('tbody tr td a[href*="/workflows/"]');
      await ids
        .or(page.getByText(/No Workflows|Error Filtering/))
        .first()
        .waitFor();
      if (await page.getByText('Error Filtering').isVisible()) throw new Error(`not understood: ${query}`);
      return (await ids.allInnerTexts()).filter((text) => text.includes('/'));
    },
    async open(query, workflowId) {
      await page.goto(listOf(query));
      await page.getByRole('link', { name: workflowId, exact: true }).click();
      await page.getByRole('heading', { name: workflowId }).waitFor();
    },
    async tab(name) {
      await page.getByRole('tab', { name }).or(page.getByRole('link', { name })).first().click();
    },
    tables: async () => (await Promise.all(framesOf(page).map(tablesIn))).flat(),
    clipped: async () => (await Promise.all(framesOf(page).map(clippedIn))).flat(),
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

/** The UI renders each piece of Markdown in a frame of its own. */
function framesOf(page: Page): Frame[] {
  return page.frames().slice(1);
}

async function frameTexts(page: Page): Promise<string> {
  // A frame that goes away while it is read has no text any more.
  const read = (frame: Frame) => frame.innerText('body', { timeout: 1000 }).catch(() => '');
  return typed((await Promise.all(framesOf(page).map(read))).join('\n'));
}

async function tablesIn(frame: Frame): Promise<string[][][]> {
  const tables = await frame.locator('table').all();
  return await Promise.all(
    tables.map(async (table) => {
      const rows = await table.locator('tr').all();
      const cells = await Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
      return cells.map((row) => row.map((text) => typed(text).trim()));
    }),
  );
}

async function clippedIn(frame: Frame): Promise<string[]> {
  const outside = `[...document.querySelectorAll('p, li, th, td')].filter((one) => {
    const { right, bottom } = one.getBoundingClientRect();
    return right > innerWidth || bottom > innerHeight;
  }).map((one) => one.innerText)`;
  return (await frame.evaluate<string[]>(outside)).map(typed);
}

/** As people type it: pages have special spaces and hyphens against breaks in the wrong place. */
function typed(text: string): string {
  return text.replace(/[\u00a0\u2003]/g, ' ').replaceAll('\u2011', '-');
}
