package views

import (
	"context"

	"yike/views/lang"
)

// RoleWord is a role as people call it.
func RoleWord(ctx context.Context, role string) string {
	switch role {
	case "administrator":
		return lang.T(ctx, "管理员")
	case "head_office":
		return lang.T(ctx, "总部经理")
	case "regional_manager":
		return lang.T(ctx, "省区经理")
	case "branch_manager":
		return lang.T(ctx, "网点经理")
	case "account_manager":
		return lang.T(ctx, "客户经理")
	case "sales_rep":
		return lang.T(ctx, "业务员")
	case "service_clerk":
		return lang.T(ctx, "客服")
	case "service_supervisor":
		return lang.T(ctx, "客服主管")
	case "courier":
		return lang.T(ctx, "快递员")
	case "analyst":
		return lang.T(ctx, "数据分析员")
	case "auditor":
		return lang.T(ctx, "审计员")
	}
	return role
}
