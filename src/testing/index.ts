/** What tests stand on: waiting, namespaces of their own, clusters, fakes. */
export { eventually } from './eventually.ts'
export { type FakeCaches, fakeCaches } from './fake-caches.ts'
export { inNamespaces, type NamespaceKind } from './namespaces.ts'
