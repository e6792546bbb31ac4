import { dataSourceCases, type DataSourceHarness } from '../../sources/data-conformance';

/** Runs the suite of the seam `DataSource` on a source. One service serves all cases, one after the other. */
export function describeDataSource<Spec>(source: string, open: () => Promise<DataSourceHarness<Spec>>): void {
  describe(`${source} keeps what every source of service data promises:`, () => {
    let harness: DataSourceHarness<Spec>;
    beforeAll(async () => void (harness = await open()));
    beforeEach(() => harness.forgetNew());
    for (const { name, run } of dataSourceCases) it(name, () => run(harness));
  });
}
