/** What tests of controllers say over and over, asked of kubectl. */
import type { KubeObject } from '../../src/api/index.ts'
import type { TestCluster } from './cluster.ts'

/** A container that does nothing until it is ended, in a Pod that ends at once. */
export const podSpec = (spec: object = {}, ...command: readonly string[]) => ({
  terminationGracePeriodSeconds: 0,
  containers: [{ name: 'main', image: 'host', command: command.length > 0 ? command : ['sleep', '1000'] }],
  ...spec,
})

interface Workload {
  /** What is added to the Pods' spec. */
  readonly template?: object
  readonly [field: string]: unknown
}

/** A workload of apps/v1 whose Pods have the label `app`. */
export const workload = (kind: string, app: string, { template = {}, ...spec }: Workload = {}) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: app, labels: { app } },
  spec: { selector: { matchLabels: { app } }, template: { metadata: { labels: { app } }, spec: podSpec(template) }, ...spec },
})

/** About a cluster that is there by then. */
export const objectKit = (cluster: () => TestCluster) => {
  const json = async <T>(what: string): Promise<T> => JSON.parse(await cluster().kubectl(`get ${what} -o json`)) as T
  return {
    create: (...objects: readonly object[]): Promise<string> =>
      cluster().kubectl('create -f -', objects.map((object) => JSON.stringify(object)).join('\n---\n')),
    get: <T extends KubeObject>(what: string): Promise<T> => json<T>(what),
    list: async <T extends KubeObject>(what: string): Promise<readonly T[]> => (await json<{ items: readonly T[] }>(what)).items,
    /** A merge patch. */
    patch: (what: string, body: object, ...more: readonly string[]): Promise<string> =>
      cluster().kubectlWords(['patch', ...what.split(' '), '--type=merge', '-p', JSON.stringify(body), ...more]),
    rolledOut: (what: string): Promise<string> => cluster().kubectl(`rollout status ${what} --timeout=30s`),
    /** `type reason message` of each Event about an object, `kind/name`. */
    eventsOf: (what: string): Promise<string> => {
      const [kind, name] = what.split('/')
      const fields = `involvedObject.kind=${kind},involvedObject.name=${name}`
      const path = '{range .items[*]}{.type} {.reason} {.message}{"\\n"}{end}'
      return cluster().kubectlWords(['get', 'events', '-A', '--field-selector', fields, '-o', `jsonpath=${path}`])
    },
  }
}
