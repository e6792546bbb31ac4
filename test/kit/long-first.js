/**
 * Jest begins with what it knows to take long; a fresh clone knows nothing and goes by the size of files, of which the
 * longest tests have small ones. What works with whole machines and clusters comes first, so that no processor waits at the end.
 */
const Sequencer = require('@jest/test-sequencer').default;

const longest = [
  /[/]test[/]nas[/].*[.]test[.]ts$/,
  /[/]test[/](stories|quick-start)[/]/,
  /[/]test[/](copiers|ui|workflows)[/]/,
];

module.exports = class LongFirst extends Sequencer {
  sort(tests) {
    const place = ({ path }) => {
      const found = longest.findIndex((pattern) => pattern.test(path));
      return found === -1 ? longest.length : found;
    };
    return super.sort([...tests]).sort((one, other) => place(one) - place(other));
  }
};
