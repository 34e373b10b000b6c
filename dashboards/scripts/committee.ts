// The committee's chart: one measure over the months, from zero; a month without a figure is
// hatched and labelled, never drawn as nothing.
import { BarChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use, type ECharts } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, GridComponent, TooltipComponent, CanvasRenderer]);

interface Point {
  value: number | null;
  text: string;
}
interface Measure {
  key: string;
  label: string;
  unit: string;
  about: boolean;
  points: Point[];
}
interface Trend {
  place: string;
  months: string[];
  now: number;
  unfinished: number;
  measures: Measure[];
}

const box = document.getElementById("chart");
const source = document.getElementById("trend");
const select = document.getElementById("measure") as HTMLSelectElement | null;
const numbers = document.getElementById("numbers") as HTMLDetailsElement | null;

/** A colour of the page, so that the chart follows its theme. */
function token(name: string, printing: boolean): string {
  const paper: { [key: string]: string } = {
    "--ink": "#000000",
    "--ink-soft": "#333333",
    "--line": "#999999",
    "--card": "#ffffff",
    "--chart-1": "#555555",
    "--chart-2": "#999999",
  };
  const found = printing ? paper[name] : undefined;
  return found || getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function draw(chart: ECharts, trend: Trend, measure: Measure, printing: boolean): void {
  const known = measure.points.map((p) => p.value).filter((v): v is number => v !== null);
  const top = Math.max(1, ...known);
  const ink = token("--ink", printing);
  const soft = token("--ink-soft", printing);
  const narrow = chart.getWidth() < 560;
  const font = getComputedStyle(document.body).fontFamily;
  chart.setOption(
    {
      animation: false,
      textStyle: { fontFamily: font, color: ink },
      grid: { left: 8, right: 8, top: 40, bottom: 8, containLabel: true },
      tooltip: {
        trigger: "axis",
        renderMode: "richText",
        axisPointer: { type: "shadow" },
        formatter: (items: { dataIndex: number }[]) => {
          const at = items.length ? items[0]!.dataIndex : 0;
          const point = measure.points[at]!;
          const unit = point.value === null ? "" : measure.unit;
          const about = measure.about && point.value !== null ? "约" : "";
          return `${trend.months[at]}\n${about}${point.text}${unit}`;
        },
      },
      xAxis: {
        type: "category",
        data: trend.months.map((m, at) => m.slice(2).replace("年", narrow ? "\n" : "年") + (at === trend.unfinished ? "\n未结束" : "")),
        axisLabel: { color: soft, interval: narrow ? 2 : 0, lineHeight: 16 },
        axisLine: { lineStyle: { color: soft } },
        axisTick: { show: false },
      },
      yAxis: {
        type: "value",
        min: 0,
        minInterval: 1,
        name: (measure.about ? "约 " : "") + measure.unit,
        nameTextStyle: { color: soft, align: "left" },
        axisLabel: { color: soft },
        splitLine: { lineStyle: { color: token("--line", printing) } },
      },
      series: [
        {
          type: "bar",
          barMaxWidth: 56,
          barCategoryGap: "30%",
          data: measure.points.map((p, at) => ({
            value: p.value === null ? "-" : p.value,
            itemStyle: {
              color: token(at === trend.now ? "--chart-2" : "--chart-1", printing),
              opacity: at === trend.unfinished ? 0.7 : 1,
            },
          })),
          label: {
            show: !narrow,
            position: "top",
            color: ink,
            formatter: (item: { dataIndex: number }) => measure.points[item.dataIndex]!.text,
          },
        },
        {
          type: "bar",
          barMaxWidth: 56,
          barGap: "-100%",
          silent: true,
          data: measure.points.map((p) => (p.value === null ? top : "-")),
          itemStyle: {
            color: token("--card", printing),
            decal: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 6], rotation: -0.7854, color: token("--line", printing) },
          },
          label: {
            show: true,
            position: "inside",
            rotate: 90,
            color: soft,
            backgroundColor: token("--card", printing),
            padding: [2, 4],
            formatter: (item: { dataIndex: number }) => {
              const text = measure.points[item.dataIndex]!.text;
              return text === "—" ? "没有数据" : text;
            },
          },
        },
      ],
    },
    true,
  );
}

if (box && source && select) {
  const trend = JSON.parse(source.textContent || "{}") as Trend;
  const chart = init(box, undefined, { renderer: "canvas", devicePixelRatio: Math.max(2, window.devicePixelRatio) });
  const chosen = (): Measure => trend.measures.find((m) => m.key === select.value) || trend.measures[0]!;
  const show = (printing = false): void => draw(chart, trend, chosen(), printing);
  const wasOpen = { numbers: false };
  show();
  select.addEventListener("change", () => show());
  window.addEventListener("resize", () => {
    chart.resize();
    show();
  });
  window.matchMedia("(prefers-color-scheme: dark)").addListener(() => show());
  window.addEventListener("beforeprint", () => {
    wasOpen.numbers = Boolean(numbers && numbers.open);
    if (numbers) numbers.open = true;
    chart.resize({ width: 980, height: 240 });
    show(true);
  });
  window.addEventListener("afterprint", () => {
    if (numbers) numbers.open = wasOpen.numbers;
    chart.resize({ width: undefined, height: undefined });
    show();
  });
} else if (numbers) {
  numbers.open = true;
}

export {};
