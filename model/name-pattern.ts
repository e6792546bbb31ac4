import { RE2JS } from 're2js';
import { BackupError } from './errors';

/** A regular expression for names. It takes the whole name; upper and lower case are different. */
export interface NamePattern {
  matches(name: string): boolean;
}

/** Longer ones are refused before they are read. */
export const mostPatternLength = 200;

/** Steps for each character of a name at the most; what people write for names has some tens. */
const mostInstructions = 2500;

/**
 * Opens an expression of RE2's language: what Java and Perl have, without what can take exponential time (back-references,
 * looking ahead or behind). Time grows with the length of the name, whatever the expression. `invalid`, with what is wrong.
 */
export function openPattern(expression: string): NamePattern {
  const problem = problemOfPattern(expression);
  if (typeof problem === 'string')
    throw new BackupError('invalid', `${JSON.stringify(expression)} is not possible: ${problem}`, {
      hint: 'regular expressions are those of RE2: no back-references, no looking ahead or behind',
    });
  return { matches: (name) => problem.testExact(name) };
}

/** Why an expression is refused; undefined when it is not. */
export function refusalOfPattern(expression: string): string | undefined {
  const problem = problemOfPattern(expression);
  return typeof problem === 'string' ? problem : undefined;
}

function problemOfPattern(expression: string): RE2JS | string {
  if (expression === '') return 'it is empty';
  if (expression.length > mostPatternLength) return `it is longer than ${mostPatternLength} characters`;
  try {
    const compiled = RE2JS.compile(expression);
    return compiled.programSize() > mostInstructions ? 'its repetitions are too large' : compiled;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
  }
}
