import type { MetricSet } from './metric-set.ts';

/**
 * CPU and memory of the process. Read here and not by prom-client's default metrics, which watch garbage collection
 * and the event loop for as long as the process lives, once more for every Prism in it.
 */
export function collectProcess(set: MetricSet): void {
  const { user, system } = process.cpuUsage();
  set.setTotal('process_cpu_seconds_total', {}, (user + system) / 1e6);
  const { rss, heapUsed, external } = process.memoryUsage();
  set.set('process_resident_memory_bytes', {}, rss);
  set.set('nodejs_heap_size_used_bytes', {}, heapUsed);
  set.set('nodejs_external_memory_bytes', {}, external);
}
