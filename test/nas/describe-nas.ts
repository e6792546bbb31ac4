import { describeWhere, testWhere } from '../kit/skip';
import { casesOf, type Family } from './cases';
import { reasonForNoNas, tryWithMounts, type Tried } from './machine';

/** Some six minutes where nothing else is at work; a busy machine may need several times as long. */
const longestMs = 25 * 60_000;

/** Jest tells no time of a case: it is over when its test looks at it. */
const toldMs = 10_000;

/** Runs a family's cases on a machine with real servers and tells each as a test of its own. */
export function describeNas(family: Family, title: string): void {
  describeWhere(reasonForNoNas())(title, () => {
    let tried: Tried;

    beforeAll(async () => {
      tried = await tryWithMounts(family, longestMs);
      for (const { name, milliseconds } of tried.results.filter((one) => one.milliseconds > toldMs))
        process.stdout.write(`${family}: ${Math.round(milliseconds / 1000)} s: ${name}\n`);
    }, longestMs + 60_000);

    for (const { name, reasonNotTo } of casesOf(family))
      testWhere(reasonNotTo)(name, async () => {
        const result = tried.results.find((one) => one.name === name);
        if (result === undefined) throw new Error(`it was not run; the machine said:\n${tried.log.slice(-4000)}`);
        if (result.error !== undefined) throw new Error(result.error);
      });
  });
}
