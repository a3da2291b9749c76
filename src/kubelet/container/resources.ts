import { type Container, type Pod, podLimits, podRequests, quantityMilliValue, quantityValue, qosClass } from '../../api/index.ts'
import { type Limits, PERIOD } from '../../kernel/index.ts'
import { allContainers } from '../pod/state.ts'

const SHARES_PER_CPU = 1024
const [LEAST_SHARES, MOST_SHARES] = [2, 262_144]
/** The kernel takes no less, microseconds (minQuotaPeriod of pkg/kubelet/cm/helpers_linux.go). */
const LEAST_QUOTA = 1000

const COMPUTE = ['cpu', 'memory']

/** Whether anybody has said how much CPU or memory the Pod needs or may have. */
export const hasResources = (pod: Pod): boolean =>
  [pod.spec?.resources, ...allContainers(pod).map(({ resources }) => resources)].some((resources) =>
    COMPUTE.some((name) => resources?.requests?.[name] !== undefined || resources?.limits?.[name] !== undefined),
  )

/** Of thousandths of a CPU (MilliCPUToShares of pkg/kubelet/cm). */
const sharesOf = (milli: number): number =>
  Math.min(MOST_SHARES, Math.max(LEAST_SHARES, Math.floor((milli * SHARES_PER_CPU) / 1000)))

/** Of thousandths of a CPU (MilliCPUToQuota of pkg/kubelet/cm). */
const quotaOf = (milli: number): number => Math.max(LEAST_QUOTA, Math.floor((milli * PERIOD) / 1000))

/** What one container may use (calculateLinuxResources of pkg/kubelet/kuberuntime). Pure. */
export function containerLimits({ resources: { requests = {}, limits = {} } = {} }: Container): Limits {
  const cpu = limits['cpu'] === undefined ? 0 : quantityMilliValue(limits['cpu'])
  const memory = limits['memory'] === undefined ? 0 : quantityValue(limits['memory'])
  const asked = requests['cpu'] ?? limits['cpu']
  return {
    ...(memory > 0 && { memory }),
    ...(cpu > 0 && { cpuQuota: quotaOf(cpu) }),
    cpuShares: sharesOf(asked === undefined ? 0 : quantityMilliValue(asked)),
    killTogether: true,
  }
}

/** What all containers of a Pod may use together (ResourceConfigForPod of pkg/kubelet/cm). Pure. */
export function wholePodLimits(pod: Pod): Limits & { readonly cpuShares: number } {
  const limits = podLimits(pod)
  const [cpu = 0, memory = 0] = COMPUTE.map((name) => limits.get(name))
  return {
    ...(memory > 0 && { memory: Math.ceil(memory / 1000) }),
    ...(cpu > 0 && { cpuQuota: quotaOf(cpu) }),
    cpuShares: sharesOf(podRequests(pod).get('cpu') ?? 0),
  }
}

const [GUARANTEED, BEST_EFFORT] = [-997, 1000]

/**
 * How soon the kernel kills the container's processes when the whole machine has no memory left: the less of it a container asked
 * for, the sooner (pkg/kubelet/qos/policy.go). `memory` is the machine's, in bytes. Pure.
 */
export function oomScoreOf(pod: Pod, { resources }: Container, memory: number): number {
  const quality = pod.status?.qosClass ?? qosClass(pod)
  if (quality === 'Guaranteed') return GUARANTEED
  if (quality === 'BestEffort') return BEST_EFFORT
  const asked = quantityValue(resources?.requests?.['memory'] ?? '0')
  const score = 1000 - Math.floor((1000 * asked) / memory)
  return Math.min(BEST_EFFORT - 1, Math.max(1000 + GUARANTEED, score))
}
