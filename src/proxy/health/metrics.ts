import type { Metric } from 'prom-client'
import type { Family } from '../table/names.ts'
import { type Definition, Figures } from './figures.ts'
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
  /** Prometheus' text, and its content type. */
  render(atLast: Snapshot): Promise<{ readonly text: string; readonly contentType: string }>
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

const gauge = (help: string, ...labels: string[]): Definition => ({ type: 'gauge', help, labels, buckets: [] })
const counter = (help: string, ...labels: string[]): Definition => ({ type: 'counter', help, labels, buckets: [] })
const seconds = (help: string, buckets = SYNC_SECONDS): Definition => ({
  type: 'histogram',
  help,
  labels: ['ip_family'],
  buckets,
})

const DEFINITIONS = {
  kubeproxy_sync_proxy_rules_duration_seconds: seconds('SyncProxyRules latency in seconds'),
  kubeproxy_sync_full_proxy_rules_duration_seconds: seconds('SyncProxyRules latency in seconds for full resyncs'),
  kubeproxy_sync_partial_proxy_rules_duration_seconds: seconds('SyncProxyRules latency in seconds for partial resyncs'),
  kubeproxy_sync_proxy_rules_last_timestamp_seconds: gauge('The last time proxy rules were successfully synced', 'ip_family'),
  kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds: gauge('The last time a sync of proxy rules was queued', 'ip_family'),
  kubeproxy_network_programming_duration_seconds: seconds(
    'In Cluster Network Programming Latency in seconds',
    PROGRAMMING_SECONDS,
  ),
  kubeproxy_sync_proxy_rules_service_changes_pending: gauge('Pending proxy rules Service changes'),
  kubeproxy_sync_proxy_rules_service_changes_total: counter('Cumulative proxy rules Service changes'),
  kubeproxy_sync_proxy_rules_endpoint_changes_pending: gauge('Pending proxy rules Endpoint changes'),
  kubeproxy_sync_proxy_rules_endpoint_changes_total: counter('Cumulative proxy rules Endpoint changes'),
  kubeproxy_sync_proxy_rules_nftables_sync_failures_total: counter('Cumulative proxy nftables sync failures', 'ip_family'),
  kubeproxy_sync_proxy_rules_no_local_endpoints_total: gauge(
    'Number of services with a Local traffic policy and no endpoints',
    'ip_family',
    'traffic_policy',
  ),
  kubeproxy_conntrack_reconciler_deleted_entries_total: counter(
    'Cumulative conntrack flows deleted by conntrack reconciler',
    'ip_family',
  ),
  kubeproxy_conntrack_reconciler_sync_duration_seconds: seconds('ReconcileConntrackFlowsLatency latency in seconds'),
  kubeproxy_proxy_healthz_total: counter('Cumulative proxy healthz HTTP status', 'code'),
  kubeproxy_proxy_livez_total: counter('Cumulative proxy livez HTTP status', 'code'),
  kubeproxy_iptables_ct_state_invalid_dropped_packets_total: gauge('packets dropped to work around conntrack problems'),
  kubeproxy_iptables_localhost_nodeports_accepted_packets_total: gauge(
    'Number of packets accepted on nodeports of loopback interface',
  ),
} as const satisfies Record<string, Definition>

type Name = keyof typeof DEFINITIONS

export function createMetrics(): Metrics {
  const figures = new Figures<Name>(DEFINITIONS)
  return {
    changed(what) {
      figures.add(`kubeproxy_sync_proxy_rules_${what}_changes_pending`)
      figures.add(`kubeproxy_sync_proxy_rules_${what}_changes_total`)
    },
    queued: (family, now) =>
      figures.set('kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds', familyLabel(family), now / 1000),
    synced(family, { now, seconds, full, triggers, flows }) {
      const labels = familyLabel(family)
      figures.observe('kubeproxy_sync_proxy_rules_duration_seconds', labels, seconds)
      figures.observe(`kubeproxy_sync_${full ? 'full' : 'partial'}_proxy_rules_duration_seconds`, labels, seconds)
      figures.set('kubeproxy_sync_proxy_rules_last_timestamp_seconds', labels, now / 1000)
      for (const trigger of triggers)
        figures.observe('kubeproxy_network_programming_duration_seconds', labels, Math.max(0, now - trigger) / 1000)
      for (const what of ['service', 'endpoint'] as const)
        figures.set(`kubeproxy_sync_proxy_rules_${what}_changes_pending`, {}, 0)
      if (!flows) return
      figures.add('kubeproxy_conntrack_reconciler_deleted_entries_total', labels, flows.deleted)
      figures.observe('kubeproxy_conntrack_reconciler_sync_duration_seconds', labels, flows.seconds)
    },
    failed: (family) => figures.add('kubeproxy_sync_proxy_rules_nftables_sync_failures_total', familyLabel(family)),
    answered: (what, code) => figures.add(`kubeproxy_proxy_${what}_total`, { code: String(code) }),
    render({ noLocalEndpoints, invalidPackets, localhostPackets }) {
      for (const { family, policy, count } of noLocalEndpoints) {
        const labels = { ...familyLabel(family), traffic_policy: policy }
        figures.set('kubeproxy_sync_proxy_rules_no_local_endpoints_total', labels, count)
      }
      figures.set('kubeproxy_iptables_ct_state_invalid_dropped_packets_total', {}, invalidPackets)
      figures.set('kubeproxy_iptables_localhost_nodeports_accepted_packets_total', {}, localhostPackets)
      return print(figures)
    },
  }
}

const familyLabel = (family: Family) => ({ ip_family: FAMILY_NAMES[family] })

/** Loads prom-client, which most nodes never need; it prints whatever answers `get` as its own metrics do. */
async function print(figures: Figures<Name>): Promise<{ text: string; contentType: string }> {
  const { Registry } = await import('prom-client')
  const registry = new Registry()
  for (const name of Object.keys(DEFINITIONS) as Name[]) {
    const { help, type } = DEFINITIONS[name]
    const get = async () => ({ name, help, type, values: figures.samples(name), aggregator: 'sum' })
    registry.registerMetric({ name, get } as unknown as Metric)
  }
  return { text: await registry.metrics(), contentType: registry.contentType }
}
