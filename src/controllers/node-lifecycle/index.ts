/** Nodes that fall silent, and what ran there. */
export { runNodeLifecycle } from './run.ts'
