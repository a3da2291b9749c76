/** What the processes of a cgroup may use together. What is left out is as it was, which for a new one means without end. */
export interface Limits {
  /** Bytes. */
  readonly memory?: number
  /** Microseconds of CPU time in each {@link PERIOD}. */
  readonly cpuQuota?: number
  /** 2 to 262144; what counts is the proportion to the neighbours', and only when there is too little for all. */
  readonly cpuShares?: number
  /** Where the kernel can: one process that is killed for want of memory takes the others with it. */
  readonly killTogether?: boolean
}

/** One write into a file of a cgroup. */
export interface Setting {
  readonly controller: Controller
  readonly file: string
  readonly value: string
  /** Not every kernel has the file. */
  readonly optional?: boolean
}

export type Version = 1 | 2
export type Controller = 'memory' | 'cpu'

export const CONTROLLERS: readonly Controller[] = ['memory', 'cpu']

/** What {@link Limits.cpuQuota} is a part of, microseconds; upstream's default. */
export const PERIOD = 100_000

/** The writes that bring limits about, in the order in which the kernel takes them (cgroups(7), cgroup-v2.rst). Swap is nobody's. Pure. */
export const settingsOf = (version: Version, limits: Limits): Setting[] => (version === 1 ? first(limits) : second(limits))

function first({ memory, cpuQuota, cpuShares }: Limits): Setting[] {
  return [
    ...(memory === undefined
      ? []
      : [
          setting('memory', 'memory.limit_in_bytes', memory),
          { ...setting('memory', 'memory.memsw.limit_in_bytes', memory), optional: true },
        ]),
    ...(cpuQuota === undefined
      ? []
      : [setting('cpu', 'cpu.cfs_period_us', PERIOD), setting('cpu', 'cpu.cfs_quota_us', cpuQuota)]),
    ...(cpuShares === undefined ? [] : [setting('cpu', 'cpu.shares', cpuShares)]),
  ]
}

function second({ memory, cpuQuota, cpuShares, killTogether }: Limits): Setting[] {
  return [
    ...(memory === undefined
      ? []
      : [setting('memory', 'memory.max', memory), { ...setting('memory', 'memory.swap.max', 0), optional: true }]),
    ...(killTogether ? [{ ...setting('memory', 'memory.oom.group', 1), optional: true }] : []),
    ...(cpuQuota === undefined ? [] : [setting('cpu', 'cpu.max', `${cpuQuota} ${PERIOD}`)]),
    ...(cpuShares === undefined ? [] : [setting('cpu', 'cpu.weight', weightOf(cpuShares))]),
  ]
}

const setting = (controller: Controller, file: string, value: number | string): Setting => ({
  controller,
  file,
  value: String(value),
})

/** Shares as a weight of 1 to 10000, so that 1024 shares are the default weight of 100 (opencontainers/cgroups, ConvertCPUSharesToCgroupV2Value). */
export function weightOf(shares: number): number {
  if (shares <= 2) return 1
  if (shares >= 262_144) return 10_000
  const log = Math.log2(shares)
  return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34))
}

/** How often the kernel killed a process for want of memory: what memory.oom_control and memory.events have in common. */
export const killsIn = (text: string): number => Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0)
