/// <reference types="vite/client" />

import activity from 'lucide-static/icons/activity.svg?raw';
import archive from 'lucide-static/icons/archive.svg?raw';
import arrowRight from 'lucide-static/icons/arrow-right.svg?raw';
import ban from 'lucide-static/icons/ban.svg?raw';
import calendar from 'lucide-static/icons/calendar-clock.svg?raw';
import check from 'lucide-static/icons/check.svg?raw';
import chevronDown from 'lucide-static/icons/chevron-down.svg?raw';
import chevronLeft from 'lucide-static/icons/chevron-left.svg?raw';
import chevronRight from 'lucide-static/icons/chevron-right.svg?raw';
import circleCheck from 'lucide-static/icons/circle-check.svg?raw';
import circleDot from 'lucide-static/icons/circle-dot.svg?raw';
import stop from 'lucide-static/icons/circle-stop.svg?raw';
import circleX from 'lucide-static/icons/circle-x.svg?raw';
import clock from 'lucide-static/icons/clock.svg?raw';
import command from 'lucide-static/icons/command.svg?raw';
import copy from 'lucide-static/icons/copy.svg?raw';
import move from 'lucide-static/icons/corner-up-right.svg?raw';
import cpu from 'lucide-static/icons/cpu.svg?raw';
import download from 'lucide-static/icons/download.svg?raw';
import ellipsis from 'lucide-static/icons/ellipsis.svg?raw';
import globe from 'lucide-static/icons/globe.svg?raw';
import hourglass from 'lucide-static/icons/hourglass.svg?raw';
import info from 'lucide-static/icons/info.svg?raw';
import layers from 'lucide-static/icons/layers.svg?raw';
import layoutDashboard from 'lucide-static/icons/layout-dashboard.svg?raw';
import loader from 'lucide-static/icons/loader-circle.svg?raw';
import lock from 'lucide-static/icons/lock.svg?raw';
import monitor from 'lucide-static/icons/monitor.svg?raw';
import moon from 'lucide-static/icons/moon.svg?raw';
import pause from 'lucide-static/icons/pause.svg?raw';
import play from 'lucide-static/icons/play.svg?raw';
import plus from 'lucide-static/icons/plus.svg?raw';
import repeat from 'lucide-static/icons/repeat.svg?raw';
import retry from 'lucide-static/icons/rotate-ccw.svg?raw';
import search from 'lucide-static/icons/search.svg?raw';
import settings from 'lucide-static/icons/settings.svg?raw';
import sun from 'lucide-static/icons/sun.svg?raw';
import table from 'lucide-static/icons/table.svg?raw';
import trash from 'lucide-static/icons/trash-2.svg?raw';
import alert from 'lucide-static/icons/triangle-alert.svg?raw';
import unplug from 'lucide-static/icons/unplug.svg?raw';
import user from 'lucide-static/icons/user.svg?raw';
import x from 'lucide-static/icons/x.svg?raw';

/** The icons of the pages, from lucide. */
const RAW = {
  activity,
  alert,
  archive,
  arrowRight,
  ban,
  calendar,
  check,
  chevronDown,
  chevronLeft,
  chevronRight,
  circleCheck,
  circleDot,
  circleX,
  clock,
  command,
  copy,
  cpu,
  download,
  ellipsis,
  globe,
  hourglass,
  info,
  layers,
  layoutDashboard,
  loader,
  lock,
  monitor,
  moon,
  move,
  pause,
  play,
  plus,
  repeat,
  retry,
  search,
  settings,
  stop,
  sun,
  table,
  trash,
  unplug,
  user,
  x,
};

export type IconName = keyof typeof RAW;

/** What is within the `<svg>` of an icon. */
export function strokesOf(name: IconName): string {
  const svg = RAW[name];
  return svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'));
}
