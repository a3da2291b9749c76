/** What tests of Pods say over and over. */
import type { Pod } from '../../src/api/index.ts'
import type { TestCluster } from './cluster.ts'

export type Spec = Partial<NonNullable<Pod['spec']>>
export type Container = NonNullable<Pod['spec']>['containers'][number]

export const SLEEP = 'exec sleep 1000'
export const sh = (script: string): Partial<Container> => ({ command: ['sh', '-c', script] })

export const fieldOf = (fieldPath: string) => ({ fieldRef: { fieldPath } })

/** A Pod of one container `main`, as text. */
export const pod = (name: string, container: Partial<Container>, spec: Spec = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'host', ...container }], ...spec },
  })

/** `type reason fieldPath message` of each Event. */
const EVENT = '{range .items[*]}{.type} {.reason} {.involvedObject.fieldPath} {.message}{"\\n"}{end}'

/** Asked of kubectl, about the Pods of a cluster that is there by then. */
export const podKit = (cluster: () => TestCluster) => ({
  create: (...pods: readonly string[]): Promise<string> => cluster().kubectl('create -f -', pods.join('\n---\n')),
  whenReady: (...names: readonly string[]): Promise<string> =>
    cluster().kubectl(`wait --for=condition=Ready pod ${names.join(' ')} --timeout=30s`),
  /** What a shell script prints that runs in the Pod. */
  inPod: (name: string, script: string): Promise<string> => cluster().kubectlWords(['exec', name, '--', 'sh', '-c', script]),
  field: (name: string, path: string): Promise<string> => cluster().kubectlWords(['get', 'pod', name, '-o', `jsonpath=${path}`]),
  eventsOf: (name: string): Promise<string> =>
    cluster().kubectlWords(['get', 'events', '--field-selector', `involvedObject.name=${name}`, '-o', `jsonpath=${EVENT}`]),
})
