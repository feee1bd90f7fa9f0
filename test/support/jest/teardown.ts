export { tornDown as default } from './setup.js';
