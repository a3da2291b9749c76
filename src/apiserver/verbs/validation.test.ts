/** What is wrong with objects of kinds that have little to say, in upstream's words; Services and Pods have tests of their own. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { testServer } from '../testing/server.ts'
import type { Json } from '../testing/server.ts'

const NODES = '/api/v1/nodes'
const VOLUMES = '/api/v1/persistentvolumes'
const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims'
const CRON_JOBS = '/apis/batch/v1/namespaces/default/cronjobs'
const SETS = '/apis/apps/v1/namespaces/default/statefulsets'
const DAEMONS = '/apis/apps/v1/namespaces/default/daemonsets'
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments'
const JOBS = '/apis/batch/v1/namespaces/default/jobs'
const POLICIES = '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies'
const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/default/ingresses'
const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'
const STORAGE = '/apis/storage.k8s.io/v1/storageclasses'
const CLASSES = '/apis/scheduling.k8s.io/v1/priorityclasses'
const metadata = { name: 'a' }

const taint = { key: 'a', effect: 'NoSchedule' }
const volume = (given: object = {}): Json => ({ metadata, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' }, ...given } }) // prettier-ignore
const claim = (given: object = {}): Json => ({ metadata, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...given } }) // prettier-ignore
const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } }
const cronJob = (given: object = {}): Json => ({ metadata, spec: { schedule: '@daily', jobTemplate: { spec: { template } }, ...given } }) // prettier-ignore

const pods = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
const workload = (given: object = {}): Json => ({ metadata, spec: { selector: { matchLabels: { app: 'a' } }, template: pods, ...given } }) // prettier-ignore
const job = (given: object = {}): Json => ({ metadata, spec: { template, ...given } })
const ports = (given: object): Json => ({ metadata, spec: { podSelector: {}, ingress: [{ ports: [given] }] } })
const storage = { metadata, provisioner: 'example.com/disks' }

const wrong: readonly [path: string, body: Json, ...texts: string[]][] = [
  [NODES, { metadata, spec: { taints: [{ key: 'a b', effect: 'NoSchedule' }] } }, 'metadata.taints[0].key: Invalid value: "a b"'],
  [NODES, { metadata, spec: { taints: [{ key: 'a' }] } }, 'metadata.taints[0].effect: Required value'],
  [NODES, { metadata, spec: { taints: [{ key: 'a', effect: 'No' }] } }, 'metadata.taints[0].effect: Unsupported value: "No": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"'],
  [NODES, { metadata, spec: { taints: [taint, taint] } }, 'metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}: taints must be unique by key and effect pair'],
  [NODES, { metadata, spec: { podCIDRs: ['10.0.0.0/24', '10.0.1.0/24'] } }, 'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family'],
  [VOLUMES, volume({ accessModes: [] }), 'spec.accessModes: Required value'],
  [VOLUMES, volume({ accessModes: ['Often'] }), 'spec.accessModes: Unsupported value: "Often": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"'],
  [VOLUMES, volume({ capacity: {} }), 'spec.capacity: Required value'],
  [VOLUMES, volume({ capacity: { storage: '0' } }), 'spec.capacity[storage]: Invalid value: "0": must be greater than zero'],
  [VOLUMES, volume({ hostPath: undefined }), 'spec: Required value: must specify a volume type'],
  [VOLUMES, volume({ nfs: { server: 's', path: '/' } }), 'spec.nfs: Forbidden: may not specify more than 1 volume type'],
  [VOLUMES, volume({ hostPath: undefined, local: { path: '/x' } }), 'spec.nodeAffinity: Required value: Local volume requires node affinity'],
  [VOLUMES, volume({ persistentVolumeReclaimPolicy: 'Keep' }), 'spec.persistentVolumeReclaimPolicy: Unsupported value: "Keep": supported values: "Delete", "Recycle", "Retain"'],
  [CLAIMS, claim({ accessModes: [] }), 'spec.accessModes: Required value: at least 1 access mode is required'],
  [CLAIMS, claim({ resources: {} }), 'spec.resources[storage]: Required value'],
  [CLAIMS, claim({ volumeMode: 'Tape' }), 'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"'],
  [CRON_JOBS, cronJob({ schedule: '' }), 'spec.schedule: Required value'],
  [CRON_JOBS, cronJob({ schedule: '* *' }), 'spec.schedule: Invalid value: "* *": expected exactly 5 fields, found 2: [* *]'],
  [CRON_JOBS, cronJob({ schedule: 'TZ=UTC * * * * *' }), 'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
  [CRON_JOBS, cronJob({ timeZone: 'Nowhere' }), 'spec.timeZone: Invalid value: "Nowhere": unknown time zone Nowhere'],
  [CRON_JOBS, cronJob({ concurrencyPolicy: 'Queue' }), 'spec.concurrencyPolicy: Unsupported value: "Queue": supported values: "Allow", "Forbid", "Replace"'],
  [CRON_JOBS, cronJob({ successfulJobsHistoryLimit: -1 }), 'spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0'],
  [CRON_JOBS, { ...cronJob(), metadata: { name: 'a'.repeat(53) } }, 'must be no more than 52 characters'],
  [CLASSES, { metadata, value: 1, preemptionPolicy: 'Maybe' }, 'preemptionPolicy: Unsupported value: "Maybe": supported values: "PreemptLowerPriority", "Never"'],
  [VOLUMES, volume({ capacity: {} }), 'spec.capacity: Unsupported value: null: supported values: "storage"'],
  [VOLUMES, volume({ hostPath: { path: '/a/../b' } }), 'spec.hostPath.path: Invalid value: "/a/../b": must not contain \'..\''],
  [VOLUMES, volume({ nodeAffinity: {} }), 'spec.nodeAffinity.required: Required value: must specify required node constraints'],
  [DEPLOYMENTS, workload({ selector: {} }), 'spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
  [DEPLOYMENTS, workload({ strategy: { type: 'Swap' } }), 'spec.strategy: Unsupported value: {"Type":"Swap","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"'],
  [DEPLOYMENTS, workload({ template: { ...pods, spec: { containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/v' }] }] } } }), 'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "v"'],
  [SETS, workload({ selector: {} }), 'spec.selector: Invalid value: {}: empty selector is invalid for statefulset'],
  [SETS, workload({ podManagementPolicy: 'Random' }), "spec.podManagementPolicy: Invalid value: \"Random\": must be 'OrderedReady' or 'Parallel'"],
  [SETS, workload({ updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } }), "spec.updateStrategy.rollingUpdate: Invalid value: {\"partition\":1}: only allowed for updateStrategy 'RollingUpdate'"],
  [DAEMONS, workload({ selector: {} }), 'spec.selector: Invalid value: {}: empty selector is invalid for daemonset'],
  [DAEMONS, workload({ updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } }), 'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero'],
  [POLICIES, ports({ endPort: 1 }), 'spec.ingress[0].ports[0].endPort: Invalid value: 1: may not be specified when `port` is not specified'],
  [POLICIES, ports({ port: 'http', endPort: 1 }), 'spec.ingress[0].ports[0].endPort: Invalid value: 1: may not be specified when `port` is non-numeric'],
  [POLICIES, ports({ port: 1, protocol: 'ICMP' }), 'spec.ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"'],
  [INGRESSES, { metadata, spec: { defaultBackend: {} } }, 'spec.defaultBackend: Invalid value: "": resource or service backend is required'],
  [BINDINGS, { metadata, roleRef: { kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'ServiceAccount', name: 'a' }] }, 'subjects[0].namespace: Required value'],
] // prettier-ignore

const changes: readonly [path: string, body: Json, patch: Json, text: string][] = [
  [NODES, { metadata, spec: { podCIDRs: ['10.0.0.0/24'] } }, { spec: { podCIDRs: ['10.0.1.0/24'] } }, 'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'],
  [VOLUMES, volume(), { spec: { hostPath: { path: '/y' } } }, 'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation'],
  [CLAIMS, claim(), { spec: { accessModes: ['ReadOnlyMany'] } }, 'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'],
  [CLASSES, { metadata, value: 1 }, { value: 2 }, 'value: Forbidden: may not be changed in an update.'],
  [JOBS, job(), { spec: { completions: 2 } }, 'spec.completions: Invalid value: 2: field is immutable'],
  [JOBS, job(), { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } } }, 'field is immutable'],
  [STORAGE, storage, { provisioner: 'example.com/tapes' }, 'provisioner: Forbidden: updates to provisioner are forbidden.'],
  [STORAGE, storage, { volumeBindingMode: 'WaitForFirstConsumer' }, 'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable'],
] // prettier-ignore

suite('what is refused, in upstream words [POD-7]', () => {
  for (const [path, body, ...texts] of wrong) {
    test(`${path}: ${texts[0]}`, async () => {
      const { ask } = await testServer()
      const answer = await ask('POST', path, body)
      assert.equal(answer.status, 422, JSON.stringify(answer.body))
      for (const text of texts) assert.ok(answer.body.message.includes(text), answer.body.message)
    })
  }
  for (const [path, body, patch, text] of changes) {
    test(`${path}: ${text}`, async () => {
      const { ask } = await testServer()
      assert.equal((await ask('POST', path, body)).status, 201)
      const headers = { 'content-type': 'application/merge-patch+json' }
      const answer = await ask('PATCH', `${path}/a`, patch, { headers })
      assert.equal(answer.status, 422)
      assert.ok(answer.body.message.includes(text), answer.body.message)
    })
  }

  test('a claim gets its volume and grows once it is bound', async () => {
    const { ask } = await testServer()
    const headers = { 'content-type': 'application/merge-patch+json' }
    await ask('POST', CLAIMS, claim())
    const patch = async (body: Json, subresource = ''): Promise<number> =>
      (await ask('PATCH', `${CLAIMS}/a${subresource}`, body, { headers })).status
    assert.equal(await patch({ spec: { volumeName: 'v' } }), 200)
    assert.equal(await patch({ spec: { resources: { requests: { storage: '2Gi' } } } }), 422)
    assert.equal(await patch({ status: { phase: 'Bound' } }, '/status'), 200)
    assert.equal(await patch({ spec: { resources: { requests: { storage: '2Gi' } } } }), 200)
    assert.equal(await patch({ spec: { volumeName: 'w' } }), 422)
  })
})

suite('what is let in [POD-7]', () => {
  test('a StatefulSet mounts what its claims become', async () => {
    const { ask } = await testServer()
    const container = { name: 'c', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/data' }] }
    const set = workload({
      template: { ...pods, spec: { containers: [container] } },
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } }],
    })
    const answer = await ask('POST', SETS, set)
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
  })

  test('a Job that has not begun may still be told where to run', async () => {
    const { ask } = await testServer()
    assert.equal((await ask('POST', JOBS, job({ suspend: true }))).status, 201)
    const headers = { 'content-type': 'application/merge-patch+json' }
    const patch = { spec: { suspend: false, template: { spec: { nodeSelector: { zone: 'a' } } } } }
    const answer = await ask('PATCH', `${JOBS}/a`, patch, { headers })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
  })
})
