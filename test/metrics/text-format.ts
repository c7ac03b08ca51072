/** A metric as it stands in the text format of Prometheus. */
export interface Metric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SAMPLE = /^([a-z_]+)(?:\{((?:[a-z_]+="[^"\\\n]*",?)*)\})? (\S+)$/;

/** Reads the text, strictly: whatever is not as the format has it is thrown. */
export function readMetrics(text: string): Metric[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const metrics: { name: string; type: string; help: string; samples: Sample[] }[] = [];
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    const last = metrics.at(-1);
    if (kind === 'HELP') {
      if (metrics.some((metric) => metric.name === name)) throw new Error(`${name} stands twice`);
      metrics.push({ name, help: rest, type: '', samples: [] });
    } else if (kind === 'TYPE') {
      if (last?.name !== name || last.type !== '') throw new Error(`${name} has a type without a help`);
      last.type = rest;
    } else {
      if (last === undefined || last.type === '') throw new Error(`${line} belongs to nothing`);
      last.samples.push(readSample(line));
    }
  }
  return metrics;
}

/** What is wrong with the names, after Prometheus' guidelines, and with the numbers of histograms. */
export function lintMetrics(metrics: readonly Metric[]): string[] {
  return metrics.flatMap((metric) => [...lintName(metric), ...lintSamples(metric)]);
}

function lintName({ name, type, help }: Metric): string[] {
  const wrong = [
    [!/^seatline(_[a-z]+)+$/.test(name), 'is not of the form'],
    [!['counter', 'gauge', 'histogram'].includes(type), `is a ${type}`],
    [(type === 'counter') !== name.endsWith('_total'), 'ends in _total if and only if it is a counter'],
    [/_(ms|millis|milliseconds|minutes|hours|kb|mb|kilobytes)(_|$)/.test(name), 'has no base unit'],
    [/_(gauge|counter|histogram|count|sum|bucket)$/.test(name), 'has its type in its name'],
    [help === '', 'has no help'],
  ] as const;
  return wrong.flatMap(([is, what]) => (is ? [`${name} ${what}`] : []));
}

function lintSamples({ name, type, samples }: Metric): string[] {
  if (type !== 'histogram') {
    return samples.flatMap((sample) => (sample.name === name ? [] : [`${sample.name} under ${name}`]));
  }
  const series = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
  return [...series].flatMap(([labels, of]) => {
    const buckets = of.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels: { le = '' } }) => (le === '+Inf' ? Infinity : Number(le)));
    const [sum, ...sums] = of.filter((sample) => sample.name === `${name}_sum`);
    const [count, ...counts] = of.filter((sample) => sample.name === `${name}_count`);
    const grow = (numbers: readonly number[]) =>
      numbers.every((n, i) => i === 0 || n >= (numbers[i - 1] ?? 0));
    const isRight =
      bounds.at(-1) === Infinity &&
      new Set(bounds).size === bounds.length &&
      grow(bounds) &&
      grow(buckets.map(({ value }) => value)) &&
      sum !== undefined &&
      count?.value === buckets.at(-1)?.value &&
      sums.length + counts.length === 0 &&
      buckets.length + 2 === of.length;
    return isRight ? [] : [`${name} ${labels} is no histogram`];
  });
}

function readSample(line: string): Sample {
  const [whole, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (whole === undefined || !/^(\d|-\d|NaN|\+Inf)/.test(value)) throw new Error(`${line} is no sample`);
  const pairs = [...labels.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key = '', text = '']) => [key, text]);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}
