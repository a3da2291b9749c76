/** What is wrong with objects of kinds that have little to say, in upstream's words; Services and Pods have tests of their own. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { testServer } from '../testing/server.ts'
import type { Json } from '../testing/server.ts'

const NODES = '/api/v1/nodes'
const VOLUMES = '/api/v1/persistentvolumes'
const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims'
const CRON_JOBS = '/apis/batch/v1/namespaces/default/cronjobs'
const CLASSES = '/apis/scheduling.k8s.io/v1/priorityclasses'
const metadata = { name: 'a' }

const taint = { key: 'a', effect: 'NoSchedule' }
const volume = (given: object = {}): Json => ({ metadata, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' }, ...given } }) // prettier-ignore
const claim = (given: object = {}): Json => ({ metadata, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...given } }) // prettier-ignore
const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } }
const cronJob = (given: object = {}): Json => ({ metadata, spec: { schedule: '@daily', jobTemplate: { spec: { template } }, ...given } }) // prettier-ignore

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
  [CLASSES, { metadata, value: 1, preemptionPolicy: 'Maybe' }, 'preemptionPolicy: Unsupported value: "Maybe": supported values: "Never", "PreemptLowerPriority"'],
] // prettier-ignore

const changes: readonly [path: string, body: Json, patch: Json, text: string][] = [
  [NODES, { metadata, spec: { podCIDRs: ['10.0.0.0/24'] } }, { spec: { podCIDRs: ['10.0.1.0/24'] } }, 'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'],
  [VOLUMES, volume(), { spec: { hostPath: { path: '/y' } } }, 'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation'],
  [CLAIMS, claim(), { spec: { accessModes: ['ReadOnlyMany'] } }, 'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'],
  [CLASSES, { metadata, value: 1 }, { value: 2 }, 'value: Forbidden: may not be changed in an update.'],
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
