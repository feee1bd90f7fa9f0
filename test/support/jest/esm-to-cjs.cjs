/** See jest.config.js: what a CommonJS package requires has to be CommonJS for Jest. */
const { transpileModule } = require('typescript');

exports.process = (source) => ({
  code: transpileModule(source, { compilerOptions: { module: 'CommonJS', target: 'ES2023' } }).outputText,
});
