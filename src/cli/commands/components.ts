import type { Command } from 'commander'
import { untilTold, wholeNumber } from '../options.ts'
import { addDns } from './dns.ts'

const alone = () => import('../../cluster/index.ts')

/** Each component in a process of its own, against any Kubernetes cluster: the twin of an upstream program. */
export function addComponents(program: Command): void {
  addApiServer(program)
  component(program, 'controllers', 'the controllers (kube-controller-manager)', 'controllers --kubeconfig admin.conf')
    .option(
      '--cluster-cidr <cidrs>',
      "what nodes get their Pods' addresses from; with a comma, one range of each family",
      '10.244.0.0/16',
    )
    .option('--dns-ip <ip>', "the cluster IP of the cluster's DNS", '10.96.0.10')
    .action(async (flags) => (await alone()).runControllersAlone(flags, untilTold()))
  component(program, 'scheduler', 'the scheduler (kube-scheduler)', 'scheduler --kubeconfig admin.conf').action(
    async ({ kubeconfig }) => (await alone()).runSchedulerAlone(kubeconfig, untilTold()),
  )
  component(
    program,
    'kubelet',
    'the kubelet, in the network namespace it is started in',
    'kubelet --kubeconfig node.conf --node-name node1 --node-ip 192.168.1.2',
  )
    .requiredOption('--node-name <name>', 'the node it is')
    .requiredOption('--node-ip <ip>', 'the address of the node, which it has; with a comma, one of each family')
    .option('--cluster-cidr <cidrs>', 'where Pods have their addresses: packets that leave it get the address of the node')
    .option('--state-dir <folder>', 'what goes with the machine: namespaces, containers', '/run/portolan/kubelet')
    .option('--data-dir <folder>', 'what stays: logs', '/var/lib/portolan/kubelet')
    .option('--cluster-dns <ip...>', 'the resolver of the Pods', ['10.96.0.10'])
    .option('--cluster-domain <name>', 'the domain of the cluster', 'cluster.local')
    .option('--eviction-hard <thresholds>', 'when to say that there is too little left, like nodefs.available<10%')
    .action(async (flags) => (await alone()).runKubeletAlone(flags, untilTold()))
  addProxy(program)
  component(
    program,
    'loadbalancer',
    'addresses for Services of type LoadBalancer (MetalLB)',
    'loadbalancer --kubeconfig admin.conf --pool 192.168.1.64/26\n  portolan loadbalancer --kubeconfig node.conf --pool 192.168.1.64/26 --node-name node1 --device eth0',
  )
    .requiredOption('--pool <cidr...>', "where addresses come from: parts of the nodes' network that nobody else uses")
    .option(
      '--node-name <name>',
      'answer for the addresses as this node, in the network namespace it is started in; else give them',
    )
    .option('--device <name>', "the node's interface in that network", 'eth0')
    .action(async (flags) => (await alone()).runLoadBalancerAlone(flags, untilTold()))
  addDns(program)
}

const component = (program: Command, name: string, description: string, example: string): Command =>
  program
    .command(name)
    .description(description)
    .requiredOption('--kubeconfig <file>', 'which cluster, and as whom')
    .addHelpText('after', `\nExample:\n  portolan ${example}`)

function addProxy(program: Command): void {
  program
    .command('proxy')
    .description('the service proxy (kube-proxy), in the network namespace it is started in')
    .option('--kubeconfig <file>', 'which cluster, and as whom')
    .option('--node-name <name>', 'the node whose rules it keeps')
    .option('--cluster-cidr <cidrs>', 'where Pods have their addresses; others are masqueraded on the way to a cluster IP')
    .option('--service-cidr <cidr...>', 'where cluster IPs come from: unallocated ones are dropped', [])
    .option('--healthz-bind-address <address:port>', 'where to answer /healthz and /livez; empty for nowhere', '0.0.0.0:10256')
    .option('--metrics-bind-address <address:port>', 'where to answer /metrics; empty for nowhere', '127.0.0.1:10249')
    .option('--cleanup', "remove the proxy's tables and end")
    .addHelpText('after', '\nExample:\n  portolan proxy --kubeconfig proxy.conf --node-name node1\n  portolan proxy --cleanup')
    .action(async (flags, command: Command) => {
      const { cleanUpProxy, runProxyAlone } = await alone()
      if (flags.cleanup) return cleanUpProxy()
      if (!flags.kubeconfig || !flags.nodeName) command.error('error: --kubeconfig and --node-name are needed, or --cleanup')
      return runProxyAlone(flags, untilTold())
    })
}

function addApiServer(program: Command): void {
  program
    .command('apiserver')
    .description('the API server (kube-apiserver) over the store and certificates of a data folder')
    .requiredOption('--data <folder>', 'has pki/ca.crt, pki/apiserver.crt and their keys; the store is kept here')
    .option('--listen <address>', 'where to answer', '127.0.0.1')
    .option('--port <number>', 'where to answer', wholeNumber, 6443)
    .requiredOption('--advertise-address <ip>', 'what the Service kubernetes leads to')
    .option('--service-cidr <cidrs>', 'where cluster IPs come from; with a comma, one range of each family', '10.96.0.0/12')
    .addHelpText('after', '\nExample:\n  portolan apiserver --data /var/lib/portolan/default --advertise-address 192.168.1.1')
    .action(async (flags) => (await alone()).runApiServerAlone(flags, untilTold()))
}
