import { utils } from 'ssh2';
import { newSshKey } from './ssh-keys';

describe('a new SSH key', () => {
  it('can be read, each of 2,000', () => {
    const read = Array.from({ length: 2000 }, () => utils.parseKey(newSshKey().private));
    expect(read.filter((key) => key instanceof Error)).toEqual([]);
  });
});
