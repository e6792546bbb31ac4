import { createHash } from 'node:crypto';
import { BackupError } from '../../model/errors';
import type { MetadataManifest } from '../../model/manifest';
import { namesOf, setNames } from '../../sets/layout';
import {
  commitManifest,
  commitManifestText,
  formatManifest,
  manifestDigest,
  maxManifestBytes,
  parseManifest,
  readManifest,
} from '../../sets/manifest';
import { createMemoryTarget, type Objects } from '../fakes/memory-target';
import { anyManifest, parts, targetWithSet } from './fixture';
import { mutationsOf } from './mutations';

const { name, manifest: file } = setNames(parts);

describe('the text of a manifest', () => {
  it('says again what was written', () => {
    expect(parseManifest(formatManifest(anyManifest()), name)).toEqual(anyManifest());
  });

  it('is one and the same, in whatever order the fields were given', () => {
    expect(formatManifest(reversed(anyManifest()) as MetadataManifest)).toBe(formatManifest(anyManifest()));
  });

  it('begins with the format, ends with the digest of what is before it and a newline', () => {
    const text = formatManifest(anyManifest());
    const [, before, digest] = /^(\{\n {2}"format": 1,\n[^]*),\n {2}"digest": "(.{64})"\n\}\n$/.exec(text)!;
    expect(createHash('sha256').update(before!).digest('hex')).toBe(digest);
  });

  it('is for metadata what it always was: sets of the first version are read as they were written', () => {
    expect(formatManifest(anyManifest())).toContain(
      '"digest": "f47ee3432f41f558098bbb03e518afe7c5ec2e9f8867b44b7eedba3d3abc9666"',
    );
  });

  it('is never written when it could not be read', () => {
    const wrong = { ...anyManifest(), label: 'yesterday' };
    expect(() => formatManifest(wrong)).toThrow(expect.objectContaining({ kind: 'invalid' }));
    expect(() => formatManifest(wrong)).toThrow(/field "label"/);
  });
});

describe('a manifest that was changed', () => {
  it('is noticed at each of its bytes', () => {
    const text = formatManifest(anyManifest());
    for (let at = 0; at < text.length; at += 1) {
      const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
      expect(kindOf(() => parseManifest(changed, name))).toBe('corrupt');
    }
  });

  it('is noticed in 500 mutations of its bytes', async () => {
    const objects: Objects = new Map();
    const bytes = Buffer.from(formatManifest(anyManifest()));
    for (const mutated of mutationsOf(bytes, 500, 1)) {
      objects.set(file, mutated.bytes);
      await expect(readManifest(createMemoryTarget(objects), name)).rejects.toMatchObject({ kind: 'corrupt' });
    }
  });

  it.each([
    ['white space', (text: string) => text.replace('"format": 1', '"format":  1')],
    ['a field named twice', (text: string) => text.replace('{\n', '{\n  "format": 1,\n')],
    ['an escaped letter', (text: string) => text.replace('"label"', '"l\\u0061bel"')],
    ['another order of fields', (text: string) => text.replace(/( {2}"begin".*\n)( {2}"end".*\n)/, '$2$1')],
    ['a number in another form', (text: string) => text.replace('"lastTxId": 42', '"lastTxId": 42.0')],
    ['an unknown field', (text: string) => text.replace('"facts"', '"fax": 1,\n  "facts"')],
  ])('is noticed when somebody gave it a fitting digest: %s', (_what, change) => {
    const changed = change(formatManifest(anyManifest()));
    expect(changed).not.toBe(formatManifest(anyManifest()));
    expect(kindOf(() => parseManifest(sealedAgain(changed), name))).toBe('corrupt');
  });

  it('names the file, the field and what to do', () => {
    const changed = sealedAgain(formatManifest(anyManifest()).replace('"path": "image"', '"path": "../image"'));
    expect(() => parseManifest(changed, name)).toThrow(
      /nightly_1_20240101000000\/.*\.manifest\.json is damaged: field "files\.0\.path": a relative name.* HINT: /,
    );
  });

  it('may not name a file twice', () => {
    const [image] = anyManifest().files;
    const twice = formatManifest({ ...anyManifest(), files: [image!, image!] });
    expect(() => parseManifest(twice, name)).toThrow(/field "files\.1\.path": "image" is there twice/);
  });
});

describe('a manifest whose paths cannot stand together', () => {
  it('is refused: a file where another one needs a folder', () => {
    const [image] = anyManifest().files;
    for (const paths of [
      ['a', 'a/b/c'],
      ['x/y/z', 'x/y'],
    ]) {
      const files = paths.map((path) => ({ ...image!, path }));
      const text = formatManifest({ ...anyManifest(), files });
      expect(() => parseManifest(text, name)).toThrow(/is the folder of another file/);
    }
  });
});

describe('a manifest of a newer format', () => {
  it('is no damage, and the hint says what to use', () => {
    const newer = sealedAgain(formatManifest(anyManifest()).replace('"format": 1', '"format": 2'));
    expect(kindOf(() => parseManifest(newer, name))).toBe('unsupported');
    expect(() => parseManifest(newer, name)).toThrow(/format 2.* HINT: use the version of cairn that wrote it/);
  });
});

describe('a manifest under the name of another set', () => {
  it.each([
    ['label', { label: '20240301120001' }],
    ['task.name', { task: 'other' }],
    ['task.creation', { creation: '20240101000001' }],
    ['versions.product', { version: '3.3.1' }],
    ['source', { writtenAs: 'NameNode-ns3' }],
    ['source', { writtenAs: 'OMS' }],
    ['cluster.id', { root: '2' }],
  ])('is refused by its %s', (field, other) => {
    const elsewhere = setNames({ ...parts, ...other }).name;
    expect(() => parseManifest(formatManifest(anyManifest()), elsewhere)).toThrow(`field "${field}"`);
    expect(kindOf(() => parseManifest(formatManifest(anyManifest()), elsewhere))).toBe('corrupt');
  });

  it('is refused by the archive that it means', () => {
    const archive = { ...anyManifest().archive, name: namesOf(setNames({ ...parts, task: 'x' }).name).archive };
    expect(() => parseManifest(formatManifest({ ...anyManifest(), archive }), name)).toThrow('field "archive.name"');
  });

  it('is taken when the whole tree of its cluster was moved', () => {
    const moved = setNames({ ...parts, root: '1' }).name;
    expect(parseManifest(formatManifest(anyManifest()), moved)).toEqual(anyManifest());
  });
});

describe('reading a manifest', () => {
  it('says that there is no such set', async () => {
    await expect(readManifest(createMemoryTarget(), name)).rejects.toMatchObject({ kind: 'missing' });
  });

  it('stops at a size that no manifest has', async () => {
    const objects: Objects = new Map([[file, Buffer.alloc(maxManifestBytes + 1, ' ')]]);
    await expect(readManifest(createMemoryTarget(objects), name)).rejects.toThrow(/more than 67108864 bytes/);
  });

  it('refuses bytes that are no UTF-8, and a byte order mark', async () => {
    const bytes = Buffer.from(formatManifest(anyManifest()));
    const broken = Buffer.from(bytes);
    broken[bytes.indexOf('ü')] = 0xff;
    for (const wrong of [broken, Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])]) {
      const target = createMemoryTarget(new Map([[file, wrong]]));
      await expect(readManifest(target, name)).rejects.toMatchObject({ kind: 'corrupt' });
    }
  });
});

describe('bytes that only read like a manifest', () => {
  it('are refused: what is no UTF-8 may not pass for the character that stands for it', async () => {
    const bytes = Buffer.from(formatManifest({ ...anyManifest(), facts: { note: '\ufffd' } }));
    const at = bytes.indexOf('\ufffd');
    const loose = Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at + 3)]);
    const target = createMemoryTarget(new Map([[file, loose]]));
    await expect(readManifest(target, name)).rejects.toMatchObject({ kind: 'corrupt' });
  });
});

describe('committing a manifest', () => {
  it('makes the set readable, with the digest that the next one will name', async () => {
    const { target, objects, manifest } = await targetWithSet();
    expect(await readManifest(target, name)).toEqual(manifest);
    expect(await manifestDigest(target, name)).toBe(createHash('sha256').update(objects.get(file)!).digest('hex'));
  });

  it('may be repeated', async () => {
    const { target, objects, manifest } = await targetWithSet();
    const before = objects.get(file);
    await commitManifest(target, manifest);
    expect(objects.get(file)).toBe(before);
  });

  it('never rewrites what is there', async () => {
    const { target, objects, manifest } = await targetWithSet();
    const before = objects.get(file);
    const other = { ...manifest, verified: 'unverified' as const };
    await expect(commitManifest(target, other)).rejects.toMatchObject({ kind: 'conflict' });
    expect(objects.get(file)).toBe(before);
  });

  it('makes no set without its archive, or with one of another size', async () => {
    const { target, objects, manifest, names } = await targetWithSet();
    objects.delete(file);
    objects.set(names.archive, Buffer.from('short'));
    await expect(commitManifest(target, manifest)).rejects.toMatchObject({ kind: 'corrupt' });
    objects.delete(names.archive);
    await expect(commitManifest(target, manifest)).rejects.toMatchObject({ kind: 'missing' });
    expect(objects.size).toBe(0);
  });

  it('of another host makes no set either where somebody has taken the archive away', async () => {
    const { target, objects, names } = await targetWithSet();
    const text = objects.get(file)!.toString();
    objects.delete(file);
    objects.delete(names.archive);
    await expect(commitManifestText(target, name, text)).rejects.toMatchObject({ kind: 'missing' });
    expect(objects.size).toBe(0);
  });

  it('refuses one that would be too long to be read back', async () => {
    const { target, objects, manifest } = await targetWithSet({ a: 'a' });
    objects.delete(file);
    const files = Array.from({ length: 60_000 }, (_, i) => ({ ...manifest.files[0]!, path: 'n'.repeat(1000) + i }));
    await expect(commitManifest(target, { ...manifest, files })).rejects.toMatchObject({ kind: 'unsupported' });
    expect(objects.has(file)).toBe(false);
  });

  it('refuses one that disagrees with its own archive', async () => {
    const { target, objects, manifest } = await targetWithSet();
    objects.delete(file);
    await expect(commitManifest(target, { ...manifest, label: '20250101000000' })).rejects.toThrow('field "label"');
    expect(objects.has(file)).toBe(false);
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, reversed(field)]),
  );
}

/** As a forger would do it: the digest made to fit the changed text. */
function sealedAgain(text: string): string {
  const before = text.slice(0, text.lastIndexOf(',\n  "digest"'));
  return `${before},\n  "digest": "${createHash('sha256').update(before).digest('hex')}"\n}\n`;
}

function kindOf(action: () => unknown): string {
  try {
    action();
    return 'no error';
  } catch (error) {
    return error instanceof BackupError ? error.kind : String(error);
  }
}
