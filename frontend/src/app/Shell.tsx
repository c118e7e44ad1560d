import { ActionIcon, Anchor, AppShell, Container, Group, Text, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconMoon, IconSun } from "@tabler/icons-react";
import { Suspense } from "react";
import { NavLink, Outlet } from "react-router";
import { JobsIndicator } from "@/components/JobsIndicator";
import { Login, LoginSwitch } from "@/components/Login";
import { strings } from "@/lib/strings";
import { NAVIGATION } from "./pages";
import classes from "./Shell.module.css";

const SCHEMES = {
  auto: { next: "light", label: strings.app.system, Icon: IconDeviceDesktop },
  light: { next: "dark", label: strings.app.light, Icon: IconSun },
  dark: { next: "auto", label: strings.app.dark, Icon: IconMoon },
} as const;

function ColourSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { next, label, Icon } = SCHEMES[colorScheme];
  return (
    <ActionIcon
      size={44}
      variant="subtle"
      color="gray"
      aria-label={label}
      title={label}
      onClick={() => {
        setColorScheme(next);
      }}
    >
      <Icon size={20} aria-hidden />
    </ActionIcon>
  );
}

/** The frame of every page. */
export function Shell() {
  return (
    <AppShell header={{ height: 56 }} padding="md">
      <a className={classes.skip} href="#content">
        {strings.app.skip}
      </a>
      <AppShell.Header>
        <Container size="100%" h="100%" px={{ base: 8, xs: "md" }}>
          <Group h="100%" justify="space-between" wrap="nowrap" gap="xs">
            <Group gap="xs" wrap="nowrap" className={classes.scroll}>
              <Anchor component={NavLink} to="/" underline="never" c="inherit" visibleFrom="xs">
                <Group gap={8} wrap="nowrap">
                  <img src="/icon.svg" width={26} height={26} alt="" />
                  <Text fw={700}>{strings.app.name}</Text>
                </Group>
              </Anchor>
              <nav aria-label={strings.app.navigation} className={classes.nav}>
                {NAVIGATION.map(({ to, label }) => (
                  <NavLink key={to} to={to} end={to === "/"} className={classes.link ?? ""}>
                    {label}
                  </NavLink>
                ))}
              </nav>
            </Group>
            <Group gap={0} wrap="nowrap">
              <JobsIndicator />
              <LoginSwitch />
              <ColourSwitch />
            </Group>
          </Group>
        </Container>
      </AppShell.Header>
      <AppShell.Main id="content" tabIndex={-1}>
        <Suspense>
          <Outlet />
        </Suspense>
      </AppShell.Main>
      <Login />
    </AppShell>
  );
}
