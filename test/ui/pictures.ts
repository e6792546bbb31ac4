import { mkdir, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openBrowser, openTemporalUi, type TemporalUi, whyNoBrowser } from '../kit/browser';
import { type BusyClusters, openBusyClusters } from '../kit/busy-clusters';
import { openStage, type Stage, untilState } from '../kit/stage';

/**
 * Writes the pictures of docs/temporal-ui.md: pages of a real Temporal with real workers, whose data are folders.
 * Names and amounts are always the same; times, and the ids that Temporal gives, are not.  npm run docs:pictures
 */
const folder = join(__dirname, '..', '..', 'docs', 'pictures');

interface Picture {
  readonly name: string;
  /** Brings the browser there. */
  show(ui: TemporalUi): Promise<unknown>;
  /** How far down it goes, in pixels; without it as far as the details of a workflow. */
  readonly bottom?: number;
  /** The heading that it begins with; without it with what the page begins with. */
  readonly heading?: string;
  /** With the menu at the left, by which people get to lists. */
  readonly hasMenu?: boolean;
}

const clusterNow = 'WorkflowType="cluster" AND Cluster="prod-1" AND ExecutionStatus="Running"';

function details(query: string, id: string, ...wanted: readonly RegExp[]): Picture['show'] {
  return async (ui) => {
    await ui.open(query, id);
    await ui.tab('User Metadata');
    await ui.details(...wanted);
  };
}

const whileItCopies: readonly Picture[] = [
  {
    name: 'runs',
    hasMenu: true,
    bottom: 520,
    show: (ui) => ui.list('Cluster="prod-1" AND `Trigger` IS NOT NULL'),
  },
  { name: 'cluster', show: details(clusterNow, 'cluster/prod-1', /events Failed/) },
  { name: 'run-going-on', show: details('Task="nightly" AND Phase="copying"', 'run/prod-1', /copying/) },
  {
    name: 'steps',
    heading: 'Timeline',
    bottom: 1040,
    async show(ui) {
      await ui.open('Source="hdfs" AND WorkflowType="backUpDataPart" AND ExecutionStatus="Running"', 'run/prod-1/hdfs');
      await ui.page.getByText('copy tree 1 of hdfs').first().waitFor();
    },
  },
  {
    name: 'actions',
    bottom: 420,
    async show(ui) {
      await ui.open('Task="nightly" AND Phase="copying"', 'run/prod-1');
      await ui.page.getByRole('button', { name: 'More Actions' }).click();
      await ui.page.getByText('Terminate').filter({ visible: true }).first().waitFor();
    },
  },
  { name: 'run-failed', show: details('Task="events" AND WorkflowType="backUp"', 'run/prod-1', /Failed after/) },
  { name: 'restoration', show: details('Task="bring-back" AND Phase="done"', 'run/prod-1', /Successful after/) },
  {
    name: 'request-refused',
    show: details('Task="nightly" AND Phase="refused"', 'request/prod-1/asked-twice', /Refused/),
  },
  {
    name: 'notification',
    async show(ui) {
      const [id] = (await ui.list('WorkflowType="notify" AND ExecutionStatus="Running"')) as [string];
      await details(`WorkflowId="${id}"`, id, /is being tried/, /delivered/)(ui);
    },
  },
  {
    name: 'schedules',
    hasMenu: true,
    bottom: 900,
    async show({ page }) {
      await page.goto(new URL('/namespaces/default/schedules', page.url()).href);
      await page.getByText('schedule/prod-1/nightly').first().waitFor();
    },
  },
];

/** The run of this label, once it is over. */
const runThatIsOver = (label: string): Picture => ({
  name: 'run-over',
  show: details(`SetLabel="${label}" AND WorkflowType="backUp"`, 'run/prod-1', /Successful after/),
});

async function main(): Promise<void> {
  if (whyNoBrowser !== undefined) throw new Error(whyNoBrowser);
  await mkdir(folder, { recursive: true });
  const stage = await openStage();
  const browser = await openBrowser();
  let busy: BusyClusters | undefined;
  try {
    busy = await openBusyClusters(stage);
    const ui = await openTemporalUi(browser, stage.temporal.uiAddress);
    for (const picture of whileItCopies) await take(ui, stage, picture);
    busy.goOn();
    const { tasks } = await untilState(stage, 'prod-1', (state) => state.tasks['nightly']!.status === 'Successful');
    await take(ui, stage, runThatIsOver(tasks['nightly']!.lastLabel!));
  } finally {
    await browser.close();
    await busy?.close();
    await stage.close();
  }
}

/** So high that nothing has to be scrolled. */
const size = { width: 1400, height: 1400 };

/** What the menu and the bar above take of a page, in pixels. */
const menu = { width: 256, height: 49 };

async function take(
  ui: TemporalUi,
  stage: Stage,
  { name, show, bottom, heading, hasMenu = false }: Picture,
): Promise<void> {
  const { page } = ui;
  await page.setViewportSize(size);
  await show(ui);
  // What fades in, and counts that come later than the list.
  await page.waitForTimeout(1500);
  await refuseMachine(page, stage);
  const { x, y } = hasMenu ? { x: 0, y: 0 } : { x: menu.width, y: menu.height };
  const top = heading === undefined ? y : (await page.getByRole('heading', { name: heading }).boundingBox())!.y - 20;
  const end = bottom ?? (await endOfDetails(page));
  const clip = { x, y: top, width: size.width - x, height: end - top };
  const picture = await page.screenshot({ clip, animations: 'disabled', caret: 'hide' });
  await writeFile(join(folder, `${name}.png`), picture);
  console.log(`${name}.png: ${Math.round(picture.length / 1024)} KiB`);
}

async function endOfDetails(page: Page): Promise<number> {
  const frames = await page.locator('iframe').all();
  const boxes = await Promise.all(frames.map((frame) => frame.boundingBox()));
  return Math.max(...boxes.map((box) => (box === null ? 0 : box.y + box.height))) + 20;
}

/** A picture goes to everybody: nothing of the machine that made it may be read in it. */
async function refuseMachine(page: Page, { temporal, folder: scratch }: Stage): Promise<void> {
  const texts = await Promise.all(page.frames().map((frame) => frame.innerText('body').catch(() => '')));
  const names = [`@${hostname()}`, homedir(), tmpdir(), scratch, process.cwd(), temporal.address].filter(
    (one) => one.length > 2,
  );
  const found = names.filter((one) => texts.join('\n').includes(one));
  if (found.length > 0) throw new Error(`the page shows ${found.join(', ')}`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
