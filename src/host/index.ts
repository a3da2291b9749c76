/** What the computer around the cluster sees of it, and what the cluster sees of the computer. */
export { exposedFile, type Exposed, readExposed, withExposed, withoutExposed } from './exposed.ts'
export type { HostKernel, HostOptions } from './options.ts'
export { runHost } from './run.ts'
