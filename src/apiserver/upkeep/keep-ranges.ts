import type { IPAddress, ServiceCIDR } from '../../api/index.ts'
import type { Draft, KubeObject } from '../api.ts'
import type { Core } from '../registry/core.ts'
import { timestamp } from '../registry/timestamp.ts'
import { updateObject } from '../registry/update.ts'
import { Warnings } from '../registry/warnings.ts'
import { FINALIZER, planRanges } from './plan-ranges.ts'
import type { Step } from './plan-ranges.ts'
import { untilAborted } from './until-aborted.ts'

const RANGES = '/networking.k8s.io/servicecidrs/'
const ADDRESSES = '/networking.k8s.io/ipaddresses/'

/** Protects ranges that are in use from being deleted, and says which are ready. Resolves when nothing is to be done. */
export async function keepRanges(core: Core): Promise<void> {
  const kind = core.kinds.find('networking.k8s.io', 'v1', 'servicecidrs')
  if (!kind) return
  const read = <T>(prefix: string): T[] => core.store.list(prefix).map(({ value }) => JSON.parse(value.toString()) as T)
  const ranges = read<ServiceCIDR>(RANGES)
  // Addresses may be many, and only who deletes a range must know them.
  const isDeleting = ranges.some(({ metadata }) => metadata.deletionTimestamp)
  for (const { name, step } of planRanges(ranges, isDeleting ? read<IPAddress>(ADDRESSES) : [])) {
    const subresource = step === 'protect' || step === 'let-go' ? '' : 'status'
    const change = (old: KubeObject | undefined): Draft<KubeObject> | undefined =>
      old && changed(structuredClone(old) as Draft<ServiceCIDR>, step, timestamp(core.clock.now()))
    const options = { dryRun: false, warnings: new Warnings() }
    await updateObject(core, { kind, namespace: '', name }, { subresource, change }, options)
  }
}

/** Keeps ranges until `signal` aborts: whenever one changes, or an address becomes free. */
export async function followRanges(core: Core, signal: AbortSignal, failed: (error: unknown) => void): Promise<void> {
  const { revision } = core.store
  let looking = Promise.resolve()
  const look = (): Promise<void> => (looking = looking.then(() => keepRanges(core)).catch(failed))
  const unwatch = [
    core.store.watch(RANGES, revision, () => void look()),
    core.store.watch(ADDRESSES, revision, (changes) => void (changes.some(({ deleted }) => deleted) && look())),
  ]
  await look()
  await untilAborted(signal)
  for (const end of unwatch) end()
}

function changed(range: Draft<ServiceCIDR>, step: Step, now: string): Draft<KubeObject> {
  const { metadata } = range
  const others = (metadata.finalizers ?? []).filter((name) => name !== FINALIZER)
  if (step === 'protect') metadata.finalizers = [...others, FINALIZER]
  if (step === 'let-go') metadata.finalizers = others
  if (step === 'say-ready') setReady(range, { status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' }, now)
  if (step === 'say-terminating') {
    const message = 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR'
    setReady(range, { status: 'False', reason: 'Terminating', message }, now)
  }
  return range as Draft<KubeObject>
}

function setReady(
  range: Draft<ServiceCIDR>,
  said: { readonly status: string; readonly reason: string; readonly message: string },
  now: string,
): void {
  range.status = { conditions: [{ type: 'Ready', ...said, lastTransitionTime: now }] }
}
