import type { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Family } from '../table/names.ts'
import { FAMILY_NAMES } from './health.ts'

/** What the proxy counts, under kube-proxy's names (pkg/proxy/metrics/metrics.go). */
export interface Metrics {
  /** A Service or a slice has changed; it is pending until the next {@link synced}. */
  changed(what: 'service' | 'endpoint'): void
  /** A sync was asked for; times are in milliseconds since the epoch. */
  queued(family: Family, now: number): void
  synced(family: Family, sync: Sync): void
  failed(family: Family): void
  answered(what: 'healthz' | 'livez', code: number): void
  /** Prometheus' text. */
  render(atLast: Snapshot): Promise<string>
  readonly contentType: string
}

export interface Sync {
  readonly now: number
  /** How long the rules took, in seconds. */
  readonly seconds: number
  readonly full: boolean
  /** Milliseconds since the epoch: when what was programmed had changed in the cluster. */
  readonly triggers: readonly number[]
  /** Flows deleted from the connection table, and how long that took; undefined where it wasn't looked at. */
  readonly flows: { readonly deleted: number; readonly seconds: number } | undefined
}

/** What is only looked up when somebody asks. */
export interface Snapshot {
  /** Services whose policy is Local, with endpoints but none on this node. */
  readonly noLocalEndpoints: readonly {
    readonly family: Family
    readonly policy: 'internal' | 'external'
    readonly count: number
  }[]
  readonly invalidPackets: number
  readonly localhostPackets: number
}

const exponential = (first: number, factor: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => first * factor ** i)
const linear = (first: number, step: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i * step)

const SYNC_SECONDS = exponential(0.001, 2, 15)
const PROGRAMMING_SECONDS = [0, ...linear(0.25, 0.25, 2), ...linear(1, 1, 59), ...linear(60, 5, 12), ...linear(120, 30, 7)]
const FAMILY = ['ip_family']

type Definition = readonly [name: string, help: string, labelNames?: readonly string[], buckets?: readonly number[]]

const GAUGES = {
  lastQueued: ['sync_proxy_rules_last_queued_timestamp_seconds', 'The last time a sync of proxy rules was queued', FAMILY],
  lastSynced: ['sync_proxy_rules_last_timestamp_seconds', 'The last time proxy rules were successfully synced', FAMILY],
  servicePending: ['sync_proxy_rules_service_changes_pending', 'Pending proxy rules Service changes'],
  endpointPending: ['sync_proxy_rules_endpoint_changes_pending', 'Pending proxy rules Endpoint changes'],
  noLocal: [
    'sync_proxy_rules_no_local_endpoints_total',
    'Number of services with a Local traffic policy and no endpoints',
    ['ip_family', 'traffic_policy'],
  ],
  invalidPackets: [
    'iptables_ct_state_invalid_dropped_packets_total',
    'packets dropped by iptables to work around conntrack problems',
  ],
  localhostPackets: [
    'iptables_localhost_nodeports_accepted_packets_total',
    'Number of packets accepted on nodeports of loopback interface',
  ],
} as const satisfies Record<string, Definition>

const COUNTERS = {
  failures: ['sync_proxy_rules_nftables_sync_failures_total', 'Cumulative proxy nftables sync failures', FAMILY],
  serviceTotal: ['sync_proxy_rules_service_changes_total', 'Cumulative proxy rules Service changes'],
  endpointTotal: ['sync_proxy_rules_endpoint_changes_total', 'Cumulative proxy rules Endpoint changes'],
  healthz: ['proxy_healthz_total', 'Cumulative proxy healthz HTTP status', ['code']],
  livez: ['proxy_livez_total', 'Cumulative proxy livez HTTP status', ['code']],
  flowsDeleted: [
    'conntrack_reconciler_deleted_entries_total',
    'Cumulative conntrack flows deleted by conntrack reconciler',
    FAMILY,
  ],
} as const satisfies Record<string, Definition>

const HISTOGRAMS = {
  every: ['sync_proxy_rules_duration_seconds', 'SyncProxyRules latency in seconds', FAMILY, SYNC_SECONDS],
  full: ['sync_full_proxy_rules_duration_seconds', 'SyncProxyRules latency in seconds for full resyncs', FAMILY, SYNC_SECONDS],
  partial: [
    'sync_partial_proxy_rules_duration_seconds',
    'SyncProxyRules latency in seconds for partial resyncs',
    FAMILY,
    SYNC_SECONDS,
  ],
  programming: [
    'network_programming_duration_seconds',
    'In Cluster Network Programming Latency in seconds',
    FAMILY,
    PROGRAMMING_SECONDS,
  ],
  flows: [
    'conntrack_reconciler_sync_duration_seconds',
    'ReconcileConntrackFlowsLatency latency in seconds',
    FAMILY,
    SYNC_SECONDS,
  ],
} as const satisfies Record<string, Definition>

interface Instruments {
  readonly registry: Registry
  readonly gauges: Readonly<Record<keyof typeof GAUGES, Gauge>>
  readonly counters: Readonly<Record<keyof typeof COUNTERS, Counter>>
  readonly histograms: Readonly<Record<keyof typeof HISTOGRAMS, Histogram>>
}

/** Loads prom-client, which most nodes never need. */
async function createInstruments(): Promise<Instruments> {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client')
  const registry = new Registry()
  const all = <Name extends string, Made>(
    definitions: Record<Name, Definition>,
    make: (options: { name: string; help: string; labelNames: string[]; buckets: number[]; registers: Registry[] }) => Made,
  ): Record<Name, Made> => {
    const made = Object.entries<Definition>(definitions).map(([key, [name, help, labelNames = [], buckets = []]]) => [
      key,
      make({ name: `kubeproxy_${name}`, help, labelNames: [...labelNames], buckets: [...buckets], registers: [registry] }),
    ])
    return Object.fromEntries(made) as Record<Name, Made>
  }
  return {
    registry,
    gauges: all(GAUGES, (options) => new Gauge(options)),
    counters: all(COUNTERS, (options) => new Counter(options)),
    histograms: all(HISTOGRAMS, (options) => new Histogram(options)),
  }
}

export async function createMetrics(): Promise<Metrics> {
  const { registry, gauges, counters, histograms } = await createInstruments()
  return {
    contentType: registry.contentType,
    changed(what) {
      gauges[`${what}Pending`].inc()
      counters[`${what}Total`].inc()
    },
    queued: (family, now) => gauges.lastQueued.set({ ip_family: FAMILY_NAMES[family] }, now / 1000),
    synced(family, { now, seconds, full, triggers, flows }) {
      const labels = { ip_family: FAMILY_NAMES[family] }
      histograms.every.observe(labels, seconds)
      histograms[full ? 'full' : 'partial'].observe(labels, seconds)
      gauges.lastSynced.set(labels, now / 1000)
      for (const trigger of triggers) histograms.programming.observe(labels, Math.max(0, now - trigger) / 1000)
      gauges.servicePending.set(0)
      gauges.endpointPending.set(0)
      if (!flows) return
      counters.flowsDeleted.inc(labels, flows.deleted)
      histograms.flows.observe(labels, flows.seconds)
    },
    failed: (family) => counters.failures.inc({ ip_family: FAMILY_NAMES[family] }),
    answered: (what, code) => counters[what].inc({ code: String(code) }),
    render({ noLocalEndpoints, invalidPackets, localhostPackets }) {
      for (const { family, policy, count } of noLocalEndpoints)
        gauges.noLocal.set({ ip_family: FAMILY_NAMES[family], traffic_policy: policy }, count)
      gauges.invalidPackets.set(invalidPackets)
      gauges.localhostPackets.set(localhostPackets)
      return registry.metrics()
    },
  }
}
