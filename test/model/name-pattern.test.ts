import { openPattern, refusalOfPattern } from '../../model/name-pattern';

describe('an expression', () => {
  it.each([
    ['hive.*', ['hive', 'hive1'], ['ahive', 'Hive']],
    ['a|b', ['a', 'b'], ['ab', 'xb']],
    ['^a$', ['a'], ['a\nb', 'b\na']],
    ['(?i)hive', ['HIVE'], ['hive2']],
    // The product's own examples.
    ['([\\s\\S]*?)', ['', 'anything', '漢 字'], []],
    ['tb\\d*', ['tb', 'tb12'], ['tbx', 'tb1x']],
    ['.*test.*', ['test', 'a test b'], ['tes']],
    ['.{2}', ['漢字', '😀😀'], ['😀']],
  ])('%j takes whole names', (expression, taken, left) => {
    const pattern = openPattern(expression);
    expect(taken.filter((name) => !pattern.matches(name))).toEqual([]);
    expect(left.filter((name) => pattern.matches(name))).toEqual([]);
  });

  it.each([
    ['', 'empty'],
    ['[', 'missing closing ]'],
    ['a**', 'invalid nested repetition'],
    ['(a)\\1', 'invalid escape sequence'],
    ['(?!a)b', 'unsupported'],
    ['(?<=a)b', 'invalid'],
    ['(a{1000}){1000}', 'invalid repeat count'],
    ['((((a{0,9}){0,9}){0,9}){0,9}){0,9}', 'invalid repeat count'],
    ['\\pL{0,999}'.repeat(3), 'repetitions are too large'],
    ['a'.repeat(201), 'longer than 200'],
  ])('%j is refused', (expression, why) => {
    expect(refusalOfPattern(expression)).toContain(why);
    expect(() => openPattern(expression)).toThrow(/HINT: regular expressions are those of RE2/);
  });
});

describe('an expression that takes others exponential time', () => {
  const hostile = [
    '(a+)+b',
    '(a|aa)+b',
    '(a|a?)+b',
    '(.*a){20}b',
    '(.*)*(.*)*(.*)*b',
    '(a?){200}a{200}b',
    '(a|b)*a(a|b){200}b',
    '((a*)*)*b',
    `${'('.repeat(90)}a${'*)'.repeat(90)}b`.slice(0, 200),
    '\\pL{0,99}'.repeat(10),
    '\\pL{0,999}'.repeat(18),
    '(((.?){5}){20}){9}',
  ];
  const names = [...'ab'].map((end, n) => `${'a'.repeat(254 - n)}${end}`);

  it.each(hostile)('%j is refused, or is done in little time', (expression) => {
    const begin = process.cpuUsage();
    if (refusalOfPattern(expression) === undefined) {
      const pattern = openPattern(expression);
      for (let time = 0; time < 50; time += 1) names.forEach((name) => pattern.matches(name));
    }
    const { user, system } = process.cpuUsage(begin);
    // A second is some ten times what the slowest takes; one that grows exponentially takes longer than anybody lives.
    expect((user + system) / 1e6).toBeLessThan(5);
  });
});
