import { openGround, type Ground, saying } from '../cluster';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground?.close());

describe('cluster', () => {
  it('list shows each with what it does', async () => {
    const { json } = await ground.cairn('cluster list --json');
    expect(json()).toContainEqual(
      expect.objectContaining({ id: 'c1', running: true, version: '3.3.0', hosts: ['test-host'], waiting: 0 }),
    );
  });

  it('check of a well one ends with 0', async () => {
    expect(await ground.cairn('cluster check c1')).toMatchObject({
      code: 0,
      stdout: saying('all is well'),
    });
  });

  it('rescue of one that runs says so; of one that nobody knows it ends with 10', async () => {
    expect(await ground.cairn('cluster rescue c1')).toMatchObject({ code: 0, stdout: 'cluster c1 runs already\n' });
    expect((await ground.cairn('cluster rescue nobody')).code).toBe(10);
    expect((await ground.cairn('cluster check nobody')).code).toBe(10);
  });
});
